"""Gates: what passes is defined once."""

import pytest

from lora_eval.errors import GateError
from lora_eval.report.gate import check_gates, parse_gates
from lora_eval.report.summarising import summarise
from lora_eval.report.summary import Summary
from tests.evaluate.report.making import first_seeds, folder, never


@pytest.fixture(scope="module")
def summary() -> Summary:
    loras = {"heads": first_seeds(2), "bodies": never}
    return summarise([folder(loras, likeness={"heads": 0.8, "bodies": 0.6})])


def passed(text: str, summary: Summary) -> dict[str, bool]:
    return {
        each.contender: each.passed for each in check_gates(parse_gates([text], summary), summary)
    }


def test_a_gate_holds_for_every_lora_and_not_for_the_base(summary: Summary) -> None:
    assert passed("floating_head<=0.05", summary) == {"heads": False, "bodies": True}
    assert passed("floating_head <= 0.25", summary) == {"heads": True, "bodies": True}


def test_the_upper_end_promises_more(summary: Summary) -> None:
    assert passed("upper:floating_head<=0.05", summary) == {"heads": False, "bodies": False}
    assert passed("bodies:upper:floating_head<=0.06", summary) == {"bodies": True}


def test_likeness_and_one_lora_alone(summary: Summary) -> None:
    assert passed("likeness>=0.7", summary) == {"heads": True, "bodies": False}
    assert passed("bodies:floating_head<=0.05", summary) == {"bodies": True}


def test_what_was_not_measured_does_not_pass() -> None:
    bare = summarise([folder({"heads": never})])
    assert passed("likeness>=0.1", bare) == {"heads": False}


def test_all_mistakes_are_told_at_once(summary: Summary) -> None:
    with pytest.raises(GateError) as error:
        parse_gates(["floating_heads<=0.1", "split_view", "head:noise<=1"], summary)
    text = str(error.value)
    assert "Did you mean floating_head?" in text
    assert "is not a gate" in text
    assert 'no LoRA is called "head"' in text

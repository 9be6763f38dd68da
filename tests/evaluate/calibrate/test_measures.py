"""How often a judge is right: against values worked by hand and a published kappa."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_eval.calibrate.halves import split_groups
from lora_eval.calibrate.measures import Answered, f1_of, kappa_of, quality
from lora_eval.judgement import Outcome

YES: Outcome = "yes"
NO: Outcome = "no"


def answered(right: int, wrong: int, missed: int, rest: int, groups: int = 5) -> list[Answered]:
    kinds: list[tuple[bool, Outcome]] = []
    kinds += [(True, YES)] * right + [(False, YES)] * wrong
    kinds += [(True, NO)] * missed + [(False, NO)] * rest
    return [Answered(f"lora-{n % groups}", truth, said) for n, (truth, said) in enumerate(kinds)]


def test_shares_are_as_worked_by_hand() -> None:
    found = quality(answered(18, 2, 6, 74))
    assert found.precision.value == pytest.approx(0.9)
    assert found.recall.value == pytest.approx(0.75)
    assert found.f1.value == pytest.approx(36 / 44)
    assert found.specificity.value == pytest.approx(74 / 76)
    assert found.f1.low < found.f1.value < found.f1.high
    assert (found.precision.low, found.precision.high) == pytest.approx((0.699, 0.972), abs=1e-3)


def test_kappa_gives_the_published_example() -> None:
    # Wikipedia's worked example of Cohen (1960): 20, 5, 10, 15 of 50 give 0.4.
    assert kappa_of(np.array([[20.0, 5.0, 10.0, 15.0]]))[0] == pytest.approx(0.4)
    assert kappa_of(np.array([[25.0, 0.0, 0.0, 25.0]]))[0] == pytest.approx(1)


def test_a_failure_that_was_not_decided_is_missed() -> None:
    said: list[Outcome] = ["yes", "unknown", "no"]
    answers = [Answered("a", truth=True, outcome=each) for each in said]
    found = quality(answers)
    assert found.recall.value == pytest.approx(1 / 3)
    assert found.unknown == 1
    assert found.coverage == pytest.approx(2 / 3)


def test_what_a_judge_does_not_apply_to_is_no_lack_of_coverage() -> None:
    answers = [
        Answered("a", truth=True, outcome="yes"),
        Answered("a", truth=False, outcome="unknown"),
    ]
    aside = Answered("a", truth=False, outcome="unknown", applies=False)
    found = quality([*answers, aside])
    assert (found.pictures, found.unknown, found.not_applicable) == (3, 1, 1)
    assert found.coverage == pytest.approx(1 / 2)


@given(st.lists(st.integers(0, 40), min_size=4, max_size=4))
def test_f1_lies_between_precision_and_recall(counts: list[int]) -> None:
    right, wrong, missed, rest = counts
    if not right:
        return
    value = f1_of(np.array([[right, wrong, missed, rest]], dtype=float))[0]
    ends = sorted((right / (right + wrong), right / (right + missed)))
    assert ends[0] - 1e-9 <= value <= ends[1] + 1e-9


@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=4),
        st.fixed_dictionaries({"floating_head": st.integers(0, 9), "noise": st.integers(0, 9)}),
        max_size=9,
    )
)
def test_every_lora_is_in_one_half_and_always_the_same(
    positives: dict[str, dict[str, int]],
) -> None:
    first, second = split_groups(positives)
    assert first | second == positives.keys()
    assert not first & second
    assert split_groups(dict(reversed(positives.items()))) == (first, second)


def test_both_halves_get_some_of_what_two_loras_show() -> None:
    positives = {name: {"floating_head": 9} for name in "ab"} | {"c": {"floating_head": 0}}
    halves = split_groups(positives)
    assert all(half & {"a", "b"} for half in halves)

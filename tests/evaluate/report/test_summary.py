"""What a report says of known counts: who fails less, what is noise, and who learned less."""

import re
from dataclasses import replace

import pytest

from lora_eval.errors import PicturesError
from lora_eval.judgement import Judgement, Outcome
from lora_eval.pictures import Contender
from lora_eval.report.results import Comparison
from lora_eval.report.summarising import summarise
from lora_eval.report.summary import Summary
from tests.evaluate.report.making import Fails, first_seeds, folder, never


def comparison(summary: Summary, a: str, b: str) -> Comparison:
    return next(
        each for each in summary.comparisons
        if (each.judge, each.a, each.b) == ("floating_head", a, b)
    )  # fmt: skip


def test_rates_are_counted_with_their_intervals() -> None:
    summary = summarise([folder({"heads": first_seeds(2)})])
    rate = summary.rate("heads", "floating_head")
    assert rate is not None
    assert (rate.count, rate.decided, rate.unknown) == (16, 64, 0)
    assert rate.wilson is not None
    assert (rate.wilson.low, rate.wilson.high) == pytest.approx((0.160, 0.368), abs=1e-3)
    assert rate.excess is not None
    assert rate.excess.value == pytest.approx(0.25)


def test_a_lora_that_fails_less_is_named_in_both_orders() -> None:
    for order in (("heads", "bodies"), ("bodies", "heads")):
        fails = {"heads": first_seeds(2), "bodies": never}
        summary = summarise([folder({name: fails[name] for name in order})])
        found = comparison(summary, *order)
        assert {found.only_a, found.only_b} == {16, 0}
        better = found.a if found.direction == "a fails less" else found.b
        assert better == "bodies"
        assert summary.headline.title == "bodies shows floating heads less often than heads"


def test_a_few_flips_are_no_clear_difference() -> None:
    def three(prompt: int, seed: int) -> Outcome:
        return "yes" if seed == 0 and prompt < 3 else "no"

    summary = summarise([folder({"heads": three, "bodies": never})])
    assert comparison(summary, "heads", "bodies").direction == "no clear difference"
    assert summary.headline.title == "No clear difference between heads and bodies"
    assert "Likeness was not measured" in summary.headline.text


def test_undecided_pictures_are_left_out_of_both() -> None:
    def unsure(prompt: int, seed: int) -> Outcome:
        return "unknown" if seed < 4 else "no"

    summary = summarise([folder({"heads": first_seeds(2), "bodies": unsure})])
    found = comparison(summary, "heads", "bodies")
    assert (found.pairs, found.left_out) == (32, 32)
    assert found.only_a == 0
    rate = summary.rate("bodies", "floating_head")
    assert rate is not None
    assert rate.coverage == 0.5


def test_what_no_prompt_asks_for_is_no_lack_of_coverage() -> None:
    made = folder({"heads": first_seeds(2)})
    aside = {"prompt-0", "prompt-1"}

    def left_out(found: Judgement) -> Judgement:
        return replace(found, outcome="unknown", score=None, applies=False)

    rows = tuple(
        replace(each, judgements=tuple(map(left_out, each.judgements)))
        if each.picture.prompt_id in aside
        else each
        for each in made.rows
    )
    rate = summarise([replace(made, rows=rows)]).rate("heads", "floating_head")
    assert rate is not None
    assert (rate.count, rate.decided, rate.unknown, rate.not_applicable) == (12, 48, 0, 16)
    assert rate.coverage == 1


def test_holm_makes_several_comparisons_stricter() -> None:
    def six(prompt: int, seed: int) -> Outcome:
        return "yes" if seed == 0 and prompt < 6 else "no"

    alone = comparison(summarise([folder({"a": six, "b": never})]), "a", "b")
    among = comparison(summarise([folder({"a": six, "b": never, "c": never})]), "a", "b")
    assert alone.p == among.p == pytest.approx(0.03125)
    assert alone.direction == "b fails less"
    assert among.p_holm > 0.05
    assert among.direction == "no clear difference"


def test_failing_less_and_being_less_like_is_said_together() -> None:
    summary = summarise(
        [folder({"heads": first_seeds(2), "weak": never}, likeness={"heads": 0.8, "weak": 0.5})]
    )
    assert comparison(summary, "heads", "weak").verdict == "fails less, but is less like"
    likeness, failure = summary.findings
    assert likeness.title == "heads looks more like the character than weak"
    assert summary.headline.title == likeness.title
    assert failure.title == (
        "weak shows floating heads less often than heads, but looks less like the character"
    )
    assert "weak may only have learned less" in failure.text
    assert not re.search(r"\d", failure.title)


STRENGTHS = (0.25, 0.5, 0.75, 1.0)


def by_likeness(scale: dict[str, float], rate: dict[str, float]) -> Summary:
    """LoRAs whose likeness is strength times `scale`, and who fail in `rate` x likeness of 8."""

    def likeness_at(who: str, strength: float) -> float:
        return scale[who] * strength

    def fails_at(who: str, strength: float) -> Fails:
        wanted = 8 * rate[who] * likeness_at(who, strength)
        # Rounded up for some prompts and down for others, so that the mean is as wanted.
        return lambda prompt, seed: "yes" if seed < int(wanted + prompt / 8) else "no"

    return summarise(
        [
            folder(
                dict.fromkeys(scale, never),
                strengths=STRENGTHS,
                fails_at=fails_at,
                likeness_at=likeness_at,
            )
        ]
    )


def test_at_equal_likeness_one_that_learned_less_is_found_out() -> None:
    summary = by_likeness({"full": 0.8, "half": 0.4}, {"full": 0.6, "half": 0.6})
    assert comparison(summary, "full", "half").direction == "b fails less"
    (found,) = [each for each in summary.equal_likeness if each.judge == "floating_head"]
    assert found.verdict == "has learned less"
    assert found.about == "half"
    assert summary.headline.title == "half has learned less than full"
    assert "Where both are equally like the character" in summary.headline.text
    assert any("but has learned less" in each.title for each in summary.findings)


def test_at_equal_likeness_one_that_is_better_stays_so() -> None:
    summary = by_likeness({"bad": 0.8, "good": 0.8}, {"bad": 0.9, "good": 0.0})
    (found,) = [each for each in summary.equal_likeness if each.judge == "floating_head"]
    assert (found.verdict, found.about) == ("fails less at the same likeness", "good")
    assert summary.headline.title == "good shows floating heads less often than bad"
    assert "It does so at the same likeness, too" in summary.headline.text


def epoch(name: str, number: int) -> Contender:
    return Contender(id=name, label=name, path=name, sha256=name, series="mira", step=number)


def test_the_epoch_that_is_as_like_and_fails_least_is_picked() -> None:
    members = {f"mira-{step}": epoch(f"mira-{step}", step) for step in (100, 200, 300)}
    summary = summarise(
        [
            folder(
                {"mira-100": never, "mira-200": never, "mira-300": first_seeds(3)},
                likeness={"mira-100": 0.3, "mira-200": 0.7, "mira-300": 0.7},
                contenders=members,
            )
        ]
    )
    (choice,) = summary.epochs
    assert (choice.contender, choice.clear) == ("mira-200", True)
    assert set(choice.candidates) == {"mira-200", "mira-300"}


def test_folders_of_other_suites_are_not_mixed() -> None:
    with pytest.raises(PicturesError, match="cannot be compared") as error:
        summarise([folder({"a": never}), folder({"b": never}, suite="other", name="out2")])
    assert "suite" in str(error.value)
    assert "out2" in str(error.value)


def test_folders_of_one_suite_are_joined() -> None:
    summary = summarise([folder({"a": first_seeds(2)}), folder({"b": never}, name="out2")])
    assert [each.id for each in summary.contenders] == ["base", "a", "b"]
    assert comparison(summary, "a", "b").pairs == 64

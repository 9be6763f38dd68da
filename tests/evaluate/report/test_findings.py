"""What the report says first: the largest clear difference, with its interval."""

from dataclasses import replace

import pytest

from lora_eval.judged import JudgedFolder
from lora_eval.judgement import Outcome
from lora_eval.report.deciding import about
from lora_eval.report.results import Finding
from lora_eval.report.summarising import summarise
from lora_eval.report.summary import Summary
from lora_eval.report.undecided import MOST_TIMES
from tests.evaluate.report.making import PROMPTS, Fails, first_seeds, folder, never


def with_likeness(made: JudgedFolder, values: dict[str, list[float]]) -> JudgedFolder:
    """The folder with these likenesses, one of each prompt, for some contenders."""
    rows = tuple(
        replace(row, likeness=values[row.picture.contender][PROMPTS.index(row.picture.prompt_id)])
        if row.picture.contender in values
        else row
        for row in made.rows
    )
    return replace(made, rows=rows)


def lead(summary: Summary) -> Finding:
    return summary.findings[0]


def test_a_large_difference_in_likeness_is_the_headline_with_its_interval() -> None:
    """Without it the report said `No clear difference in any main failure`."""
    made = folder({"weak": never, "good": never}, likeness={"weak": 0.18, "good": 0.57})
    summary = summarise([made])
    assert summary.headline.title == "good looks more like the character than weak"
    assert "0.57 against 0.18, a difference of +0.39 (95% interval +0.39 to" in (
        summary.headline.text
    )
    japanese = summarise([made], "ja").headline
    assert japanese.title == "good は weak よりキャラクターに似ています"
    assert "+0.39" in japanese.text and "95% 区間" in japanese.text


def test_likeness_is_clear_on_one_side_of_its_interval_and_not_on_the_other() -> None:
    made = folder({"a": never, "b": never})
    clear = [0.5, 0.52, 0.5, 0.53, 0.48, 0.5, 0.52, 0.5]
    unclear = [0.5, 0.8, 0.2, 0.7, 0.1, 0.5, 0.9, 0.2]
    zero = [0.4] * 8
    found = summarise([with_likeness(made, {"a": clear, "b": zero})])
    assert lead(found).kind == "likeness"
    open_one = summarise([with_likeness(made, {"a": unclear, "b": zero})])
    assert open_one.findings == ()
    assert open_one.headline.title == "No clear difference between a and b"
    assert open_one.headline.text.startswith("Neither in likeness nor in a main failure")
    likeness = open_one.undecided[0]
    assert likeness.judge == ""
    assert likeness.needed is not None and likeness.needed > likeness.pairs


@pytest.mark.parametrize(("difference", "slight"), [(0.03, True), (0.2, False)])
def test_a_small_clear_difference_in_likeness_is_called_slight(
    difference: float, slight: bool
) -> None:
    made = folder({"a": never, "b": never}, likeness={"a": 0.5 + difference, "b": 0.5})
    assert ("slightly" in summarise([made]).headline.title) is slight


def test_the_larger_difference_comes_first() -> None:
    near = folder({"a": never, "b": first_seeds(4)}, likeness={"a": 0.55, "b": 0.5})
    assert lead(summarise([near])).kind == "failure"
    assert "It also looks more like the character" in lead(summarise([near])).text
    far = folder({"a": never, "b": first_seeds(4)}, likeness={"a": 0.9, "b": 0.3})
    assert lead(summarise([far])).kind == "likeness"


def test_fewer_failures_that_learning_less_explains_never_come_first() -> None:
    made = folder({"a": never, "b": first_seeds(8)}, likeness={"a": 0.50, "b": 0.55})
    summary = summarise([made])
    assert [each.kind for each in summary.findings] == ["likeness", "failure"]
    assert summary.findings[1].caveat == "less like"
    assert summary.findings[1].explained


def test_without_likeness_a_failure_says_that_it_was_not_measured() -> None:
    summary = summarise([folder({"a": never, "b": first_seeds(2)})])
    assert lead(summary).caveat == "likeness not measured"
    assert "a may only have learned less" in lead(summary).text
    assert "Likeness: no CLIP model was used (--clip)." in summary.not_judged


def test_one_lora_is_compared_with_the_base_and_is_what_the_sentence_is_about() -> None:
    summary = summarise([folder({"heads": first_seeds(4)})])
    assert summary.headline.title == "heads shows floating heads more often than the base model"
    assert summary.headline.text.startswith("50% against 0% of the pictures, a difference of +50")
    japanese = summarise([folder({"heads": first_seeds(4)})], "ja")
    assert japanese.headline.title == "heads は ベースモデル より浮いた頭が多い"


def test_one_prompt_can_tell_nothing_of_others() -> None:
    made = folder({"a": never, "b": never}, likeness={"a": 0.9, "b": 0.1})
    rows = tuple(row for row in made.rows if row.picture.prompt_id == PROMPTS[0])
    summary = summarise([replace(made, rows=rows)])
    assert summary.findings == ()
    assert "Only 1 prompt" in summary.warnings[0]
    assert summary.undecided[0].needed is None


@pytest.mark.parametrize(("prompts", "warned"), [(7, True), (8, False)])
def test_few_prompts_are_a_warning(prompts: int, warned: bool) -> None:
    made = folder({"a": never, "b": never})
    rows = tuple(row for row in made.rows if row.picture.prompt_id in PROMPTS[:prompts])
    assert bool(summarise([replace(made, rows=rows)]).warnings) is warned


def some(count: int) -> Fails:
    """Fails in the first seed of some prompts."""

    def fails(prompt: int, seed: int) -> Outcome:
        return "yes" if seed == 0 and prompt < count else "no"

    return fails


def test_five_flips_of_none_are_open_and_six_are_clear() -> None:
    open_one = summarise([folder({"a": some(5), "b": never})])
    assert open_one.findings == ()
    floating = next(each for each in open_one.undecided if each.judge == "floating_head")
    assert floating.needed is not None and floating.pairs < floating.needed < 200
    assert "about" in open_one.deciding[0] and "64 pairs" in open_one.deciding[-1]
    assert lead(summarise([folder({"a": some(6), "b": never})])).judge == "floating_head"


def test_what_no_feasible_number_of_pictures_shows_gets_no_number() -> None:
    def other_seed(prompt: int, seed: int) -> Outcome:
        return "yes" if seed == 7 and prompt < 4 else "no"

    summary = summarise([folder({"a": some(5), "b": other_seed})])
    floating = next(each for each in summary.undecided if each.judge == "floating_head")
    assert floating.needed is None
    assert f"more than {MOST_TIMES} times" in summary.deciding[0]


@pytest.mark.parametrize(("unknown", "named"), [(6, False), (7, True)])
def test_a_tenth_of_the_pictures_without_a_decision_is_named(unknown: int, named: bool) -> None:
    def unsure(prompt: int, seed: int) -> Outcome:
        return "unknown" if 8 * prompt + seed < unknown else "no"

    summary = summarise([folder({"a": unsure, "b": never})])
    assert any("could not be decided" in each for each in summary.not_judged) is named


def test_nothing_to_compare_is_said() -> None:
    made = folder({"a": never})
    rows = tuple(row for row in made.rows if row.picture.contender == "a")
    summary = summarise([replace(made, rows=rows, missing=64)])
    assert summary.headline.title == "Nothing can be compared yet"
    assert "64 pictures of the plan are not there yet." in summary.not_judged
    assert any("base model's own pictures are not there" in each for each in summary.not_judged)
    assert summary.deciding == ("There are no pairs of pictures to compare.",)


def test_pictures_of_unknown_loras_are_in_no_comparison() -> None:
    made = folder({"a": never, "unknown": first_seeds(8)})
    contenders = tuple(
        each.model_copy(update={"path": ""}) if each.id == "unknown" else each
        for each in made.manifest.contenders
    )
    manifest = made.manifest.model_copy(update={"contenders": contenders})
    summary = summarise([replace(made, manifest=manifest)])
    assert summary.findings == ()
    assert "64 pictures whose LoRAs could not be read are in no comparison." in summary.not_judged


def test_the_examples_stand_for_the_finding_one_of_each_prompt() -> None:
    failing = summarise([folder({"heads": first_seeds(2), "bodies": never})]).examples
    assert failing is not None
    assert (failing.a, failing.b, failing.judge) == ("bodies", "heads", "floating_head")
    assert (failing.only_a, failing.only_b, failing.compared) == (0, 16, 64)
    assert len({each.prompt_id for each in failing.pairs}) == 4
    assert all(each.b == 0.9 for each in failing.pairs)
    made = folder({"a": never, "b": never})
    values = {"a": [0.9, 0.6, 0.8, 0.5, 0.7, 0.6, 0.6, 0.6], "b": [0.3] * 8}
    liking = summarise([with_likeness(made, values)]).examples
    assert liking is not None
    assert [each.prompt_id for each in liking.pairs] == [
        "prompt-0", "prompt-2", "prompt-4", "prompt-1",
    ]  # fmt: skip
    plain = summarise([folder({"a": never, "b": never})]).examples
    assert plain is not None and len(plain.pairs) == 4


def test_estimates_are_rounded_up_to_two_digits() -> None:
    assert [about(number) for number in (7, 23, 227, 1401)] == ["7", "23", "230", "1500"]

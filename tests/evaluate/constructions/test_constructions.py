"""Constructed pictures: always the same, and every main failure with cases for and against it."""

from collections import Counter

from lora_eval.constructions import CASES, construct


def test_the_same_seed_gives_the_same_pictures() -> None:
    first, again = list(construct(2)), list(construct(2))
    assert [each.image.tobytes() for each in first] == [each.image.tobytes() for each in again]
    other = [each.image.tobytes() for each in construct(2, seed=2)]
    assert other != [each.image.tobytes() for each in first]
    assert len(first) == 2 * len(CASES)


def test_every_failure_has_cases_with_it_and_hard_ones_without() -> None:
    counts: Counter[tuple[str, bool]] = Counter()
    for each in construct(1):
        counts.update(each.truths.items())
    for judge in (
        "floating_head", "split_view", "outfit_leak", "close_up", "body_missing", "closed_eyes",
        "blank_background", "noise", "hair_drift", "disobeyed",
    ):  # fmt: skip
        assert counts[judge, True] >= 1, judge
        assert counts[judge, False] >= 2, judge


def test_twins_that_were_asked_for_are_no_split_view() -> None:
    twins = next(each for each in construct(1) if each.picture.prompt_id == "twins-asked")
    assert twins.picture.asks.subjects == 2
    assert twins.truths["split_view"] is False

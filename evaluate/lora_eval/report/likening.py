"""Likeness of the contenders against one another, on pictures of equal prompt and seed only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lora_eval.report.families import families
from lora_eval.report.joining import Entry, Joined
from lora_eval.report.rating import likeness_of, paired
from lora_eval.report.results import (
    NO_CLEAR_DIFFERENCE,
    SIGNIFICANT,
    Difference,
    Interval,
    LikenessComparison,
    LikenessDirection,
)
from lora_eval.statistics import holm, mean_test

Likenesses = Mapping[tuple[str, str], LikenessComparison]
"""By the two ids, in the order of the comparison."""


def compare_likeness(joined: Joined) -> tuple[LikenessComparison, ...]:
    """Every LoRA with the base, and the LoRAs among themselves; Holm over each of the two."""
    found: list[LikenessComparison] = []
    for family in families(joined):
        raw = [_compare(joined, a, b) for a, b in family]
        tested = [each for each in raw if each.interval is not None]
        adjusted = iter(holm([each.p for each in tested]))
        found += [each if each.interval is None else _decided(each, next(adjusted)) for each in raw]
    return tuple(found)


def by_ids(found: tuple[LikenessComparison, ...]) -> Likenesses:
    """The comparisons by their two ids."""
    return {(each.a, each.b): each for each in found}


def as_difference(found: LikenessComparison) -> Difference | None:
    """The difference alone; None where likeness was not measured."""
    if found.difference is None:
        return None
    return Difference(found.difference, found.pairs, found.interval)


def _compare(joined: Joined, a: Entry, b: Entry) -> LikenessComparison:
    pairs = paired(a.at(joined.strength), b.at(joined.strength), likeness_of)
    empty = LikenessComparison(
        a.id, b.id, len(pairs), None, None, None, None, 1.0, 1.0, "cannot be compared"
    )
    if not pairs:
        return empty
    many = len(pairs)
    found = replace(
        empty,
        value_a=sum(mine for _, mine, _ in pairs) / many,
        value_b=sum(theirs for _, _, theirs in pairs) / many,
        difference=sum(mine - theirs for _, mine, theirs in pairs) / many,
    )
    tested = mean_test([mine - theirs for _, mine, theirs in pairs], [name for name, *_ in pairs])
    if tested is None:
        return found
    return replace(found, interval=Interval(tested.low, tested.high), p=tested.p)


def _decided(found: LikenessComparison, p_holm: float) -> LikenessComparison:
    direction: LikenessDirection = NO_CLEAR_DIFFERENCE
    if p_holm < SIGNIFICANT and found.difference:
        direction = "a is more like" if found.difference > 0 else "b is more like"
    return replace(found, p_holm=p_holm, direction=direction)

"""Failures of the contenders against one another, on pictures of equal prompt and seed only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lora_eval.report.families import families
from lora_eval.report.joining import Entry, Joined
from lora_eval.report.likening import Likenesses, as_difference
from lora_eval.report.rating import difference, flag_of, paired
from lora_eval.report.results import (
    NO_CLEAR_DIFFERENCE,
    SIGNIFICANT,
    Comparison,
    Direction,
    Interval,
    LikenessComparison,
    Verdict,
)
from lora_eval.statistics import holm, mcnemar


def compare_all(
    joined: Joined, judges: Sequence[str], likenesses: Likenesses
) -> tuple[Comparison, ...]:
    """Every LoRA with the base, and the LoRAs among themselves; Holm over each judge's family."""
    found: list[Comparison] = []
    for judge in judges:
        for family in families(joined):
            raw = [_compare(joined, a, b, judge, likenesses[a.id, b.id]) for a, b in family]
            raw = [each for each in raw if each.pairs]
            adjusted = holm([each.p for each in raw])
            found += [
                _decided(each, p, likenesses[each.a, each.b])
                for each, p in zip(raw, adjusted, strict=True)
            ]
    return tuple(found)


def _compare(
    joined: Joined, a: Entry, b: Entry, judge: str, likeness: LikenessComparison
) -> Comparison:
    first, second = a.at(joined.strength), b.at(joined.strength)
    pairs = paired(first, second, flag_of(judge))
    keys = paired(first, second, lambda row: 0.0)
    only_a = sum(mine > theirs for _, mine, theirs in pairs)
    only_b = sum(mine < theirs for _, mine, theirs in pairs)
    found = difference(pairs)
    return Comparison(
        judge=judge,
        a=a.id,
        b=b.id,
        pairs=len(pairs),
        left_out=len(keys) - len(pairs),
        only_a=only_a,
        only_b=only_b,
        difference=found.value if found else None,
        interval=found.interval if found else None,
        p=mcnemar(only_a, only_b),
        p_holm=1.0,
        direction="cannot be compared",
        verdict="cannot be compared",
        likeness=as_difference(likeness),
    )


def _decided(found: Comparison, p_holm: float, likeness: LikenessComparison) -> Comparison:
    direction: Direction = NO_CLEAR_DIFFERENCE
    if p_holm < SIGNIFICANT and found.difference and not _holds_zero(found.interval):
        direction = "a fails less" if found.difference < 0 else "b fails less"
    return replace(found, p_holm=p_holm, direction=direction, verdict=_verdict(direction, likeness))


def _verdict(direction: Direction, likeness: LikenessComparison) -> Verdict:
    """Fewer failures may only mean that less was learned: the likeness tells."""
    if direction == "no clear difference" or direction == "cannot be compared":
        return direction
    if likeness.difference is None:
        return "fails less; likeness not measured"
    if likeness.direction not in ("a is more like", "b is more like"):
        return "fails less; no clear difference in likeness"
    same = likeness.direction[0] == direction[0]
    return "fails less, and is more like" if same else "fails less, but is less like"


def _holds_zero(interval: Interval | None) -> bool:
    """Whether both directions are in it. One that only reaches 0 speaks of a difference that shows
    in few of the prompts; whether it is there at all is for the paired test to say."""
    return interval is not None and interval.low < 0 < interval.high

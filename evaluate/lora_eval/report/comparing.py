"""Contenders against one another, on pictures of equal prompt and seed only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from lora_eval.report.joining import Entry, Joined
from lora_eval.report.rating import difference, flag_of, likeness_of, paired
from lora_eval.report.results import NO_CLEAR_DIFFERENCE, Comparison, Direction, Interval
from lora_eval.statistics import holm, mcnemar

SIGNIFICANT = 0.05
MOST_PAIRED = 4
"""With more LoRAs than this, each is compared with the first one only."""


def compare_all(joined: Joined, judges: Sequence[str]) -> tuple[Comparison, ...]:
    """Every LoRA with the base, and the LoRAs among themselves; Holm over each judge's family."""
    found: list[Comparison] = []
    for judge in judges:
        for family in (list(_with_base(joined)), list(_among(joined))):
            raw = [_compare(joined, a, b, judge) for a, b in family]
            raw = [each for each in raw if each.pairs]
            adjusted = holm([each.p for each in raw])
            found += [_decided(each, p) for each, p in zip(raw, adjusted, strict=True)]
    return tuple(found)


def _with_base(joined: Joined) -> Iterator[tuple[Entry, Entry]]:
    if joined.base is not None:
        for entry in joined.loras:
            yield entry, joined.base


def _among(joined: Joined) -> Iterator[tuple[Entry, Entry]]:
    loras = joined.loras
    if len(loras) <= MOST_PAIRED:
        yield from combinations(loras, 2)
    else:
        for other in loras[1:]:
            yield other, loras[0]


def _compare(joined: Joined, a: Entry, b: Entry, judge: str) -> Comparison:
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
        likeness=difference(paired(first, second, likeness_of)),
    )


def _decided(found: Comparison, p_holm: float) -> Comparison:
    direction: Direction = NO_CLEAR_DIFFERENCE  # type: ignore[assignment]
    if p_holm < SIGNIFICANT and found.difference and not _holds_zero(found.interval):
        direction = "a fails less" if found.difference < 0 else "b fails less"
    return replace(found, p_holm=p_holm, direction=direction, verdict=_verdict(found, direction))


def _verdict(found: Comparison, direction: Direction) -> str:
    """Fewer failures may only mean that less was learned: the likeness tells."""
    if direction not in ("a fails less", "b fails less"):
        return str(direction)
    other = found.likeness
    if other is None:
        return "fails less; likeness not measured"
    sign = 1 if direction == "a fails less" else -1
    if other.interval is not None and not _holds_zero(other.interval):
        return (
            "fails less, and is liker" if sign * other.value > 0 else "fails less, but is less like"
        )
    return "fails less at about the same likeness"


def _holds_zero(interval: Interval | None) -> bool:
    """Whether both directions are in it. One that only reaches 0 speaks of a difference that shows
    in few of the prompts; whether it is there at all is for the paired test to say."""
    return interval is not None and interval.low < 0 < interval.high

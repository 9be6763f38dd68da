"""Comparisons without a clear difference, and how many pictures would decide them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from lora_eval.report.joining import Joined
from lora_eval.report.results import (
    NO_CLEAR_DIFFERENCE,
    SIGNIFICANT,
    Comparison,
    EqualLikeness,
    Interval,
    LikenessComparison,
    Undecided,
)
from lora_eval.statistics import pairs_needed, times_needed

Labels = Mapping[str, str]
"""What contenders are called, by their ids."""
MOST_TIMES = 20
"""Needing more than so many times the pictures, nobody makes them: such a difference is small."""


def undecided(
    joined: Joined,
    labels: Labels,
    main: Sequence[str],
    likenesses: Sequence[LikenessComparison],
    comparisons: Sequence[Comparison],
    equal: Sequence[EqualLikeness],
) -> tuple[Undecided, ...]:
    """Likeness first, then by failure: LoRAs among themselves, or the only LoRA with the base."""
    return tuple(_undecided(joined, labels, main, likenesses, comparisons, equal))


def _undecided(
    joined: Joined,
    labels: Labels,
    main: Sequence[str],
    likenesses: Sequence[LikenessComparison],
    comparisons: Sequence[Comparison],
    equal: Sequence[EqualLikeness],
) -> Iterator[Undecided]:
    base = joined.base.id if joined.base else None
    alone = len(joined.loras) < 2
    for each in likenesses:
        unclear = each.direction in (NO_CLEAR_DIFFERENCE, "cannot be compared")
        if unclear and each.difference is not None and (alone or base not in (each.a, each.b)):
            yield _of_likeness(labels, each)
    for judge in main:
        own = [each for each in comparisons if each.judge == judge
               and (alone or base not in (each.a, each.b))]  # fmt: skip
        for one in own:
            if one.direction == NO_CLEAR_DIFFERENCE:
                yield _of_failure(labels, one, len(own))
        for curve in equal:
            if curve.judge == judge and curve.difference is not None and (
                curve.verdict in ("no clear difference", "has learned less")
            ):  # fmt: skip
                yield Undecided(
                    judge, True, curve.a, curve.b, curve.label_a, curve.label_b,
                    curve.difference, curve.interval, 0, None,
                )  # fmt: skip


def _of_likeness(labels: Labels, found: LikenessComparison) -> Undecided:
    value = found.difference or 0.0
    needed = _feasible(_by_interval(value, found.interval, found.pairs), found.pairs)
    return Undecided(
        "", False, found.a, found.b, labels[found.a], labels[found.b], value,
        found.interval, found.pairs, needed,
    )  # fmt: skip


def _of_failure(labels: Labels, found: Comparison, family: int) -> Undecided:
    """What the test needs at the flips that were seen, and what the interval needs; the larger.

    Half a flip is added each way, so that two flips of none are not taken for a certainty.
    """
    value, many = found.difference or 0.0, found.pairs
    more, fewer = max(found.only_a, found.only_b), min(found.only_a, found.only_b)
    by_test = pairs_needed(
        (more + 0.5) / (many + 1), (fewer + 0.5) / (many + 1), SIGNIFICANT / max(1, family)
    )
    by_interval = _by_interval(value, found.interval, many)
    needed = None if by_test is None or by_interval is None else max(by_test, by_interval)
    needed = _feasible(needed, many)
    return Undecided(
        found.judge, False, found.a, found.b, labels[found.a], labels[found.b],
        value, found.interval, many, needed,
    )  # fmt: skip


def _by_interval(value: float, interval: Interval | None, pairs: int) -> int | None:
    if interval is None:
        return None
    towards_zero = value - interval.low if value > 0 else interval.high - value
    times = times_needed(value, towards_zero)
    return None if times is None else ceil(max(1.0, times) * pairs)


def _feasible(needed: int | None, pairs: int) -> int | None:
    return needed if needed is not None and needed <= MOST_TIMES * pairs else None

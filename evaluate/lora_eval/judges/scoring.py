"""From numbers to scores: 0..1 with 0.5 at the threshold; and from several sources to one score.

How sources are joined, in all judges: one source is the main one and decides. The others (a
tagger, CLIP) are averaged; only where their average is *clear* do they weigh in, twice as heavily
as the main one, so that they overrule it unless it is clear itself. Two clear sources that
contradict each other make the answer unknown. A source that often misses what is there (a tag with
few training pictures) may only speak for it: see `speaking_for`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from lora_eval.judgement import Judgement, MarkedBox

AT_THRESHOLD = 0.5
_JUST_BELOW = 0.49999
"""The highest score of a `no`: written rows keep five digits, and must not round it to 0.5."""


def above(value: float, threshold: float, *, low: float = 0.0, high: float = 1.0) -> float:
    """How far a number is above its threshold: 0 at `low`, 0.5 at the threshold, 1 at `high`."""
    if value >= threshold:
        share = (value - threshold) / (high - threshold) if high > threshold else 1.0
        return AT_THRESHOLD + min(share, 1.0) / 2
    share = (value - low) / (threshold - low) if threshold > low else 0.0
    return min(max(share, 0.0) / 2, _JUST_BELOW)


def below(value: float, threshold: float, *, low: float = 0.0, high: float = 1.0) -> float:
    """How far a number is below its threshold: 1 at `low`, 0.5 at the threshold, 0 at `high`."""
    return above(-value, -threshold, low=-high, high=-low)


def mean(values: Sequence[float | None]) -> float | None:
    """The average of those that are known."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return math.fsum(known) / len(known) if known else None


def speaking_for(score: float | None) -> float | None:
    """The score where it is a yes; None, which does not count, where it is a no."""
    return None if score is None or score < AT_THRESHOLD else score


def joined(
    main: float | None,
    others: Sequence[float | None],
    clear: float,
    *,
    doubt_counts: bool = False,
) -> float | None:
    """One score of the main source and the others; None where they leave it open.

    Args:
        clear: from which score on (or below one minus it) an answer is clear, 0.5..1.
        doubt_counts: others that are not clear may still lower the score to their own.
    """
    other = mean(others)
    if main is None or not math.isfinite(main):
        return other if other is not None and _is_clear(other, clear) else None
    if other is None:
        return main
    if not _is_clear(other, clear):
        return min(main, other) if doubt_counts else main
    if _is_clear(main, clear) and (main >= AT_THRESHOLD) != (other >= AT_THRESHOLD):
        return None
    return (main + 2 * other) / 3


def decided(
    judge: str,
    score: float | None,
    reason: str,
    *,
    detail: str = "",
    boxes: Sequence[MarkedBox] = (),
    numbers: Mapping[str, float | None] | None = None,
) -> Judgement:
    """The answer that a score stands for; unknown where it is None."""
    kept = tuple(
        (name, round(value, 5))
        for name, value in (numbers or {}).items()
        if value is not None and math.isfinite(value)
    )
    if score is None or not math.isfinite(score):
        return Judgement(judge, "unknown", None, reason, "", tuple(boxes), kept)
    score = min(max(score, 0.0), 1.0)
    yes = score >= AT_THRESHOLD
    score = round(score, 5) if yes else min(round(score, 5), _JUST_BELOW)
    return Judgement(judge, "yes" if yes else "no", score, reason, detail, tuple(boxes), kept)


def unknown(judge: str, reason: str, **numbers: float | None) -> Judgement:
    """An answer that says why there is none."""
    return decided(judge, None, reason, numbers=numbers)


def not_applicable(judge: str, reason: str) -> Judgement:
    """The answer where the prompt leaves nothing to decide: unknown, not for want of evidence."""
    return Judgement(judge, "unknown", None, reason, applies=False)


def _is_clear(score: float, clear: float) -> bool:
    return score >= clear or score <= 1 - clear

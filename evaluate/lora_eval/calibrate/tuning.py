"""Thresholds chosen on the tuning half: a small grid for each judge, the best F1 wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from lora_eval.calibrate.evidence import Labelled
from lora_eval.calibrate.measures import Answered
from lora_eval.judges import registered
from lora_eval.judges.registry import Thresholds

GRIDS: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    "floating_head": {
        "room": (0.1, 0.18, 0.25, 0.35),
        "cut_margin": (-1.0, 0.0),
        "body_score": (0.3, 0.4, 0.5, 0.6),
        "tag": (0.5, 0.7, 0.8, 0.9),
        "tag_denies": (0.0, 1.0),
        "clip_counts": (0.0, 1.0),
        "clear": (0.8, 0.9, 0.97),
    },
    "split_view": {
        "head_score": (0.3, 0.4, 0.5, 0.6),
        "relative_size": (0.3, 0.4, 0.55),
        "tag": (0.3, 0.5, 0.7),
        "clear": (0.8, 0.9, 0.97),
    },
    "outfit_leak": {"margin": (-0.1, 0.0, 0.1, 0.2), "shown": (0.25, 0.4, 0.55)},
}
"""What is tried: few values of few numbers, as there are few pictures to choose by."""
_LEAST_POSITIVES = 10
_WORTH_CHANGING = 0.005
"""Gain in F1 below which the thresholds stay as they are."""


def answers(judge: str, pictures: Sequence[Labelled], thresholds: Thresholds) -> list[Answered]:
    """What a judge says of every picture that is labelled for it."""
    rule = registered()[judge].rule
    asked = [each for each in pictures if judge in each.truths]
    said = [rule(each.evidence, thresholds) for each in asked]
    return [
        Answered(
            each.alike or each.group,
            each.truths[judge],
            answer.outcome,
            each.is_staged(judge),
            answer.applies,
        )
        for each, answer in zip(asked, said, strict=True)
    ]


def tuned(judge: str, pictures: Sequence[Labelled], start: Thresholds) -> dict[str, float]:
    """What should be changed for the best F1; empty where nothing is worth changing.

    Of equally good settings the one with the fewest changes is taken.
    """
    asked = [each for each in pictures if judge in each.truths]
    if judge not in GRIDS or sum(each.truths[judge] for each in asked) < _LEAST_POSITIVES:
        return {}
    best, best_change = _f1(judge, asked, start) + _WORTH_CHANGING, dict[str, float]()
    for change in sorted(_changes(GRIDS[judge], start), key=len):
        found = _f1(judge, asked, {**start, **change})
        if found > best + 1e-9:
            best, best_change = found, change
    return best_change


def _changes(
    grid: Mapping[str, tuple[float, ...]], start: Thresholds
) -> Iterator[dict[str, float]]:
    for values in product(*grid.values()):
        each = dict(zip(grid, values, strict=True))
        yield {name: value for name, value in each.items() if value != start[name]}


def _f1(judge: str, pictures: Sequence[Labelled], thresholds: Thresholds) -> float:
    rule = registered()[judge].rule
    right = wrong = missed = 0
    for each in pictures:
        flagged = rule(each.evidence, thresholds).outcome == "yes"
        truth = each.truths[judge]
        right += flagged and truth
        wrong += flagged and not truth
        missed += truth and not flagged
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 0.0

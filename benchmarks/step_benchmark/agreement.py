"""How far loss curves lie apart that should be the same: the price of a faster precision.

All runs see the same pictures, captions, noise and timesteps and start from the same LoRA, so their
losses can be compared step by step. The frozen model's losses for the same draws tell how much of a
loss was learned at all: curves that agree because nobody learned anything prove nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from .job import Job
from .settings import Precision, Settings, VariantName
from .variants import BUILDERS

Curve = tuple[float, ...]
Who = tuple[VariantName, Precision]


@dataclass(frozen=True, slots=True)
class Apart:
    """Two loss curves, in shares of the first one's mean loss."""

    first: Who
    second: Who
    difference: float
    """Mean of the absolute differences, step by step."""
    shift: float
    """Mean of the differences with their sign, second less first."""
    largest: float
    """The largest absolute difference of a step."""


def loss_curves(settings: Settings, jobs: Mapping[Precision, Job], steps: int) -> dict[Who, Curve]:
    """Trains each variant in each precision from the start, one after the other."""
    return {
        (name, precision): tuple(BUILDERS[name](job).train(steps))
        for precision, job in jobs.items()
        for name in settings.variants
    }


def compared(curves: Mapping[Who, Curve]) -> list[Apart]:
    """Every two curves that should be the same: another precision, or the other trainer."""
    return [
        _apart(first, second, curves[first], curves[second])
        for first, second in combinations(curves, 2)
        if (first[0] == second[0]) != (first[1] == second[1])
        and ("floor" not in (first[0], second[0]) or first[0] == second[0])
    ]


def learned(curves: Mapping[Who, Curve]) -> dict[Who, float]:
    """How far each trained curve lies below the frozen model's in its last quarter, as a share."""
    found: dict[Who, float] = {}
    for (variant, precision), curve in curves.items():
        frozen = curves.get(("floor", precision))
        if variant != "floor" and frozen is not None:
            last = -max(1, len(curve) // 4)
            found[variant, precision] = 1 - fmean(curve[last:]) / fmean(frozen[last:])
    return found


def _apart(first: Who, second: Who, one: Sequence[float], other: Sequence[float]) -> Apart:
    differences = [theirs - mine for mine, theirs in zip(one, other, strict=True)]
    mean = fmean(one)
    return Apart(
        first,
        second,
        fmean(map(abs, differences)) / mean,
        fmean(differences) / mean,
        max(map(abs, differences)) / mean,
    )

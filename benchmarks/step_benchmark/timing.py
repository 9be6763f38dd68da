"""Taking turns: each variant makes its steps in every round, so that all see the same machine."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

import torch

from .job import Job
from .settings import Precision, Settings, VariantName
from .variants import BUILDERS, Variant


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant in one precision."""

    variant: VariantName
    precision: Precision
    trained: int
    """How many numbers it trains."""
    seconds: tuple[float, ...]
    """Per step, one value for each round."""
    peak_bytes: int | None = None

    @property
    def median(self) -> float:
        return median(self.seconds)

    def times(self, other: Measured) -> float:
        """How many times as long as `other` it takes: the median of the rounds' ratios."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return median(mine / theirs for mine, theirs in pairs)

    def with_peak(self, peak_bytes: int | None) -> Measured:
        return replace(self, peak_bytes=peak_bytes)


def measure(settings: Settings, jobs: Mapping[Precision, Job]) -> list[Measured]:
    """Times all variants in all precisions, in turns."""
    variants: list[tuple[VariantName, Precision, Variant]] = [
        (name, precision, BUILDERS[name](job))
        for precision, job in jobs.items()
        for name in settings.variants
    ]
    for _ in range(settings.warm_up):
        for _, _, variant in variants:
            variant.train(settings.steps_per_turn)
    gc.collect()
    seconds: list[list[float]] = [[] for _ in variants]
    for turn in range(settings.rounds):
        # Another one begins each round: who comes after whom is no property of a variant.
        for place in range(len(variants)):
            number = (turn + place) % len(variants)
            seconds[number].append(_timed(variants[number][2], settings.steps_per_turn))
    return [
        Measured(name, precision, variant.trained, tuple(taken))
        for (name, precision, variant), taken in zip(variants, seconds, strict=True)
    ]


def _timed(variant: Variant, steps: int) -> float:
    """Seconds per step."""
    _wait()
    began = time.perf_counter()
    variant.train(steps)
    _wait()
    return (time.perf_counter() - began) / steps


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()

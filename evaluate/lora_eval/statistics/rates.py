"""Shares of pictures, paired flips, and several questions asked at once."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.stats import binomtest


def wilson(count: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a share (Wilson, 1927): within 0..1, and right for shares near them.

    Args:
        count: of `total`, 0 or more.
        total: 1 or more.
    """
    interval = binomtest(count, total).proportion_ci(confidence_level=confidence, method="wilson")
    return float(interval.low), float(interval.high)


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided p of McNemar's exact test: flips one way against flips the other way.

    Args:
        only_a: pairs in which only the first one fails.
        only_b: pairs in which only the second one fails.
    """
    flips = only_a + only_b
    if not flips:
        return 1.0
    return float(binomtest(min(only_a, only_b), flips, 0.5).pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """P values after Holm (1979): each as if it alone were tested, at one error rate for all.

    Returns:
        In the order given; each at least its raw value, at most 1.
    """
    order = sorted(range(len(values)), key=lambda index: values[index])
    adjusted = [0.0] * len(values)
    highest = 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - place) * values[index]))
        adjusted[index] = highest
    return adjusted


def corrected_rate(rate: float, sensitivity: float, specificity: float) -> float | None:
    """The rate behind what an imperfect judge counts (Rogan and Gladen, 1978), cut to 0..1.

    None where the judge is no better than chance.
    """
    gain = sensitivity + specificity - 1
    if gain <= 0.05:
        return None
    return min(1.0, max(0.0, (rate + specificity - 1) / gain))

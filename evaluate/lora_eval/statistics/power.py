"""What difference a number of pairs can show at all, and how many pairs would show one.

Pairs are taken as independent of one another and the test is McNemar's exact one (McNemar, 1947;
its power by summing over the number of flips: Duffy, 1984, Biometrics 40).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.stats import binom, norm

WANTED_POWER = 0.8
SIGNIFICANT = 0.05
MOST_PAIRS = 20_000
"""More pictures than that nobody makes to decide one question."""


@lru_cache(maxsize=64)
def detectable_difference(pairs: int, lower_rate: float = 0.1) -> float | None:
    """The smallest difference that McNemar's exact test shows with 80 % power.

    Args:
        pairs: of pictures, taken as uncorrelated.
        lower_rate: how often the better one fails, 0..1.

    Returns:
        In steps of one point; None where not even the largest can be shown.
    """
    for points in range(1, round((1 - lower_rate) * 100) + 1):
        if power(pairs, lower_rate, lower_rate + points / 100) >= WANTED_POWER:
            return points / 100
    return None


def power(pairs: int, lower: float, higher: float, significant: float = SIGNIFICANT) -> float:
    """Chance that the exact McNemar test finds two rates different, of uncorrelated pairs."""
    return power_of_flips(pairs, higher * (1 - lower), lower * (1 - higher), significant)


def power_of_flips(
    pairs: int, more: float, fewer: float, significant: float = SIGNIFICANT
) -> float:
    """Chance that the exact McNemar test finds a difference.

    Summed exactly over the number of flips and their directions.

    Args:
        pairs: of pictures, 0 or more.
        more: chance that in a pair only the one that fails more often fails, 0..1.
        fewer: chance that only the other one fails, 0..1.
        significant: the p value below which the test finds a difference.
    """
    flips = more + fewer
    if flips <= 0 or pairs <= 0:
        return 0.0
    counts = np.arange(pairs + 1)
    chances = binom.pmf(counts, pairs, flips)
    counts, chances = counts[chances > 1e-12], chances[chances > 1e-12]
    limits = _most_against(counts, significant)
    share = more / flips
    found = binom.cdf(limits, counts, share) + binom.sf(counts - limits - 1, counts, share)
    return float((chances * np.where(limits >= 0, found, 0.0)).sum())


@lru_cache(maxsize=256)
def pairs_needed(more: float, fewer: float, significant: float = SIGNIFICANT) -> int | None:
    """The fewest pairs with which McNemar's exact test shows a difference with 80 % power.

    Args:
        more, fewer, significant: as `power_of_flips` takes them.

    Returns:
        To the nearest pair, give or take the steps of an exact test (a few pairs); None where
        more than `MOST_PAIRS` are needed.
    """

    def enough(pairs: int) -> bool:
        return power_of_flips(pairs, more, fewer, significant) >= WANTED_POWER

    if more <= fewer or not enough(MOST_PAIRS):
        return None
    low, high = 0, 1
    while not enough(high):
        low, high = high, min(2 * high, MOST_PAIRS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def times_needed(value: float, half_width: float) -> float | None:
    """How many times as many clusters put an interval clear of 0 with 80 % power.

    By the normal approximation: the half-width shrinks with the square root of the number.

    Args:
        value: the difference found, of either sign.
        half_width: of its 95 % interval, towards 0.

    Returns:
        1 and less say that there are enough; None where the difference is 0.
    """
    if not value:
        return None
    z = float(norm.ppf(0.975))
    wanted = (z + float(norm.ppf(WANTED_POWER))) / z
    return (wanted * half_width / abs(value)) ** 2


def _most_against(counts: np.ndarray, significant: float) -> np.ndarray:
    """For numbers of flips the most against the rest that are still significant; -1 for none."""
    limits = binom.ppf(significant / 2, counts, 0.5)
    too_many = 2 * binom.cdf(limits, counts, 0.5) >= significant
    found: np.ndarray = np.where(too_many, limits - 1, limits)
    return found

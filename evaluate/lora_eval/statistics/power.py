"""What difference a number of pairs can show at all."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.stats import binom

from lora_eval.statistics.rates import mcnemar

WANTED_POWER = 0.8
SIGNIFICANT = 0.05


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


def power(pairs: int, lower: float, higher: float) -> float:
    """Chance that the exact McNemar test finds two rates different, of uncorrelated pairs.

    Summed exactly over the number of flips and their directions.
    """
    up, down = higher * (1 - lower), lower * (1 - higher)
    flips = up + down
    if flips <= 0:
        return 0.0
    total = 0.0
    chances = binom.pmf(np.arange(pairs + 1), pairs, flips)
    for count in np.nonzero(chances > 1e-9)[0]:
        limit = _fewest_against(int(count))
        if limit is None:
            continue
        share = up / flips
        found = binom.cdf(limit, count, share) + binom.sf(count - limit - 1, count, share)
        total += float(chances[count]) * float(found)
    return total


@lru_cache(maxsize=4096)
def _fewest_against(flips: int) -> int | None:
    """The most flips against the rest that are still significant; None where none are."""
    found = None
    for against in range(flips // 2 + 1):
        if mcnemar(against, flips - against) >= SIGNIFICANT:
            break
        found = against
    return found

"""A mean and its test where the prompts are few, as in every suite: Student's t over prompts.

With eight prompts a percentile bootstrap gives intervals that are too narrow, and calls two
prompts that agree a certainty. The cluster-robust variance of the mean with t quantiles of one
degree of freedom less than there are prompts holds its level much better (Cameron and Miller,
2015, A Practitioner's Guide to Cluster-Robust Inference, section VI).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import t

from lora_eval.statistics.clusters import cluster_sums

LEAST_P = 1e-9
"""Values that do not vary at all would give 0, which no data proves."""


@dataclass(frozen=True, slots=True)
class MeanTest:
    """A mean, its 95 % interval, and the p value of its being 0 (two-sided)."""

    value: float
    low: float
    high: float
    p: float


def mean_test(values: Sequence[float], clusters: Sequence[Hashable]) -> MeanTest | None:
    """The mean of values whose clusters, not whose pictures, are independent.

    Args:
        values: one of each picture or pair.
        clusters: for each value which cluster (prompt) it belongs to.

    Returns:
        None with fewer than two clusters: one says nothing of how much they differ.
    """
    sums, counts = cluster_sums(values, clusters)
    if len(sums) < 2:
        return None
    mean = float(sums.sum() / counts.sum())
    residuals = sums - counts * mean
    many = len(sums)
    error = sqrt(many / (many - 1) * float((residuals**2).sum())) / float(counts.sum())
    if error <= 1e-12 * max(1.0, float(np.abs(values).max())):
        return MeanTest(mean, mean, mean, 1.0 if mean == 0 else LEAST_P)
    half = error * float(t.ppf(0.975, many - 1))
    p = 2 * float(t.sf(abs(mean) / error, many - 1))
    return MeanTest(mean, mean - half, mean + half, max(p, LEAST_P))

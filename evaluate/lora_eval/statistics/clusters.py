"""The bootstrap over prompts: pictures of one prompt are alike, so prompts are what is drawn anew.

Source: the cluster bootstrap (Davison and Hinkley, 1997, section 3.8); why it matters for
evaluations: Miller (2024), arXiv 2411.00640.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 10_000
SEED = 20_240_911
"""Fixed, so that the same pictures always give the same report."""


@dataclass(frozen=True, slots=True)
class Clustered:
    """A mean and how far chance may have moved it."""

    value: float
    low: float
    high: float
    design_effect: float | None
    """Variance of the mean by clusters over that of independent values; None where none vary."""


def clustered_mean(
    values: Sequence[float], clusters: Sequence[Hashable], *, resamples: int = RESAMPLES
) -> Clustered | None:
    """The mean of values (shares: 0 and 1) with its percentile interval over clusters.

    Works for paired differences, too: give the difference of each pair.

    Args:
        clusters: for each value which cluster (prompt) it belongs to.

    Returns:
        None with fewer than two clusters: one says nothing of how much they differ.
    """
    sums, counts = cluster_sums(values, clusters)
    if len(sums) < 2:
        return None
    weights = resampled_weights(len(sums), resamples)
    means = (weights @ sums) / (weights @ counts)
    low, high = np.percentile(means, [2.5, 97.5])
    flat = np.asarray(values, dtype=float)
    independent = float(flat.var(ddof=1)) / len(flat) if len(flat) > 1 else 0.0
    effect = float(means.var(ddof=1)) / independent if independent > 0 else None
    value = float(flat.mean())
    # A percentile interval of few clusters may miss the mean by a rounding.
    return Clustered(value, min(float(low), value), max(float(high), value), effect)


def cluster_sums(
    values: Sequence[float], clusters: Sequence[Hashable]
) -> tuple[np.ndarray, np.ndarray]:
    """Sum and number of the values in each cluster, clusters in order of their first value."""
    places = {cluster: place for place, cluster in enumerate(dict.fromkeys(clusters))}
    owners = np.array([places[cluster] for cluster in clusters], dtype=np.int64)
    sums = np.bincount(owners, weights=np.asarray(values, dtype=float), minlength=len(places))
    return sums, np.bincount(owners, minlength=len(places)).astype(float)


def resampled_weights(clusters: int, resamples: int = RESAMPLES) -> np.ndarray:
    """How often each cluster is drawn, `(resamples, clusters)`; always the same."""
    generator = np.random.default_rng(SEED)
    weights: np.ndarray = generator.multinomial(
        clusters, np.full(clusters, 1 / clusters), size=resamples
    ).astype(float)
    return weights

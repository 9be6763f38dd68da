"""Two curves compared where they have the same x: failures at the same likeness.

Each curve has points (epochs or strengths); x and y of a point are means over pictures. In every
resample of prompts both curves are computed anew from the same prompts, so that what the prompts
have in common falls out of the difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lora_eval.statistics.clusters import resampled_weights

RESAMPLES = 4_000
LEVELS = 5


@dataclass(frozen=True, slots=True)
class EqualCurve:
    """One curve's sums by point and cluster, each array `(points, clusters)`."""

    x_sums: np.ndarray
    x_counts: np.ndarray
    y_sums: np.ndarray
    y_counts: np.ndarray


@dataclass(frozen=True, slots=True)
class LevelResult:
    """What comes out at one x."""

    x: float
    a: float
    b: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class EqualResult:
    """The whole comparison."""

    low_x: float
    high_x: float
    difference: float
    """Mean over the common range of x, `a` minus `b`."""
    low: float
    high: float
    p: float
    """Two-sided, from the bootstrap: how often the resampled difference has the other sign."""
    levels: tuple[LevelResult, ...]


def compare_at_equal_x(a: EqualCurve, b: EqualCurve) -> EqualResult | None:
    """The difference of two curves over the x that both reach; None where there is none.

    Args:
        a, b: over the same clusters, in the same order.
    """
    clusters = a.x_sums.shape[1]
    if clusters < 2:
        return None
    once = np.ones((1, clusters))
    (ax, ay), (bx, by) = _points(a, once), _points(b, once)
    low, high = max(_least(ax), _least(bx)), min(_most(ax), _most(bx))
    if not low < high:
        return None
    levels = np.linspace(low, high, LEVELS)
    here_a, here_b = _at(ax[0], ay[0], levels), _at(bx[0], by[0], levels)
    weights = resampled_weights(clusters, RESAMPLES)
    drawn = _resampled(a, weights, levels) - _resampled(b, weights, levels)
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    if len(drawn) < RESAMPLES // 2:
        return None
    lows, highs = np.percentile(drawn, [2.5, 97.5], axis=0)
    means = drawn.mean(axis=1)
    mean_low, mean_high = np.percentile(means, [2.5, 97.5])
    tail = min(float((means <= 0).mean()), float((means >= 0).mean()))
    each = tuple(
        LevelResult(*(float(value) for value in row))
        for row in zip(levels, here_a, here_b, here_a - here_b, lows, highs, strict=True)
    )
    return EqualResult(
        float(low),
        float(high),
        float((here_a - here_b).mean()),
        float(mean_low),
        float(mean_high),
        min(1.0, max(2 * tail, 1 / len(drawn))),
        each,
    )


def _points(curve: EqualCurve, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """X and y of every point in every resample, `(resamples, points)`; nan where none counts."""
    with np.errstate(invalid="ignore", divide="ignore"):
        x = (weights @ curve.x_sums.T) / (weights @ curve.x_counts.T)
        y = (weights @ curve.y_sums.T) / (weights @ curve.y_counts.T)
    return x, y


def _resampled(curve: EqualCurve, weights: np.ndarray, levels: np.ndarray) -> np.ndarray:
    x, y = _points(curve, weights)
    return np.stack([_at(each_x, each_y, levels) for each_x, each_y in zip(x, y, strict=True)])


def _at(x: np.ndarray, y: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Y at each level, between the points in order of x; a curve's ends go on level."""
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return np.full(len(levels), np.nan)
    order = np.argsort(x[known], kind="stable")
    between: np.ndarray = np.interp(levels, x[known][order], y[known][order])
    return between


def _least(x: np.ndarray) -> float:
    return float(np.nanmin(x)) if np.isfinite(x).any() else np.inf


def _most(x: np.ndarray) -> float:
    return float(np.nanmax(x)) if np.isfinite(x).any() else -np.inf


def curve_sums(
    points: Sequence[Sequence[tuple[str, float | None, float | None]]], clusters: Sequence[str]
) -> EqualCurve:
    """The sums of a curve.

    Args:
        points: for each point its pictures as (cluster, x or None, y or None).
        clusters: all clusters, in the order of the columns.
    """
    places = {cluster: place for place, cluster in enumerate(clusters)}
    arrays = [np.zeros((len(points), len(clusters))) for _ in range(4)]
    for row, pictures in enumerate(points):
        for cluster, x, y in pictures:
            for value, first in ((x, 0), (y, 2)):
                if value is not None:
                    arrays[first][row, places[cluster]] += value
                    arrays[first + 1][row, places[cluster]] += 1
    return EqualCurve(*arrays)

"""Straight edges from border to border: where two pictures were put side by side.

A seam is a column whose colours jump over most of the height, far more than the columns beside
it. Drawn art has such edges level (a horizon, a floor), so a level seam counts only with a face
on either side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lora_eval.detect.detector import Box

JUMP = 8.0
"""Summed CIELAB difference between neighbours from which there is an edge."""
MARGIN = 0.06
"""Share of the picture at either border in which no seam is looked for."""
WANTED_SHARE = 0.7
WANTED_RATIO = 4.0
_LEAST_PX = 24
_FEWEST = 0.02
"""Neighbours' share below which their ratio says nothing."""


@dataclass(frozen=True, slots=True)
class Seam:
    """The strongest one found."""

    share: float = 0.0
    """Of the line's length that is an edge, 0..1."""
    ratio: float = 0.0
    """Share over the median share of the lines beside it."""
    box: Box | None = None


def strongest_seam(lab: np.ndarray, faces: Sequence[Box]) -> Seam:
    """The strongest seam of a picture `(height, width, 3)` in CIELAB."""
    upright = _strongest(lab)
    found = Seam(*upright[:2], _line(upright[2], upright=True) if upright[1] else None)
    level = _strongest(lab.transpose(1, 0, 2))
    at = level[2]
    between = any(face.bottom <= at for face in faces) and any(face.top >= at for face in faces)
    if between and _strength(level[0], level[1]) > _strength(found.share, found.ratio):
        return Seam(*level[:2], _line(at, upright=False))
    return found


def _strongest(lab: np.ndarray) -> tuple[float, float, float]:
    """Share, ratio and place (in shares of the width) of the strongest upright seam."""
    width = lab.shape[1]
    if width < _LEAST_PX:
        return 0.0, 0.0, 0.5
    jumps = np.abs(np.diff(lab, axis=1)).sum(axis=-1) > JUMP
    shares = jumps.mean(axis=0)  # (width - 1,)
    best = (0.0, 0.0, 0.5)
    first, last = max(1, round(MARGIN * width)), min(width - 2, round((1 - MARGIN) * width))
    for column in range(first, last):
        near = np.concatenate(
            [shares[max(0, column - 8) : max(0, column - 2)], shares[column + 3 : column + 9]]
        )
        ratio = float(shares[column] / max(_FEWEST, float(np.median(near)))) if len(near) else 0.0
        share = float(shares[column])
        if _strength(share, ratio) > _strength(best[0], best[1]):
            best = (share, ratio, (column + 1) / width)
    return best


def _strength(share: float, ratio: float) -> float:
    """1 where both reach what a seam needs."""
    return min(share / WANTED_SHARE, ratio / WANTED_RATIO)


def _line(at: float, *, upright: bool) -> Box:
    low, high = max(0.0, at - 0.01), min(1.0, at + 0.01)
    return Box(low, 0.0, high, 1.0) if upright else Box(0.0, low, 1.0, high)

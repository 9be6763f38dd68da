"""How colours are spread: a rainbow, or one colour alone."""

from __future__ import annotations

import numpy as np
from skimage.color import rgb2hsv

BINS = 36
LEAST_SATURATION = 0.25
SAME = 2.0
"""Distance in CIELAB within which colours are one."""


def hue_entropy(pixels: np.ndarray) -> tuple[float, float]:
    """Entropy of the hues in bits (36 bins, 0..5.17), and the share of pixels that have one.

    Args:
        pixels: `(height, width, 3)` uint8.
    """
    hsv = rgb2hsv(pixels).reshape(-1, 3)
    hues = hsv[hsv[:, 1] > LEAST_SATURATION, 0]
    if not len(hues):
        return 0.0, 0.0
    counts, _ = np.histogram(hues, bins=BINS, range=(0, 1))
    shares = counts[counts > 0] / len(hues)
    return float(max(0.0, -(shares * np.log2(shares)).sum())), len(hues) / len(hsv)


def one_colour(lab: np.ndarray) -> float:
    """Share of pixels that have the commonest colour, 0..1: 1 in a black picture."""
    flat = lab.reshape(-1, 3)
    cells, counts = np.unique(np.round(flat / SAME).astype(np.int16), axis=0, return_counts=True)
    commonest = cells[counts.argmax()] * SAME
    return float((np.linalg.norm(flat - commonest, axis=1) <= SAME).mean())

"""The ring along the picture's border: what the ground looks like, and how flat it is."""

from __future__ import annotations

import numpy as np

RING = 0.04
"""Width of the ring, as a share of the shorter side."""
NEAR = 6.0
"""Distance in CIELAB within which a pixel has the ring's median colour."""


def border_colour(lab: np.ndarray) -> np.ndarray:
    """The ring's median colour, `(3,)`, of a picture `(height, width, 3)` in CIELAB."""
    middle: np.ndarray = np.median(_ring(lab), axis=0)
    return middle


def border_flat(lab: np.ndarray) -> float:
    """Share of the ring near its median colour, 0..1."""
    ring = _ring(lab)
    distance = np.linalg.norm(ring - np.median(ring, axis=0), axis=1)
    return float((distance <= NEAR).mean())


def _ring(lab: np.ndarray) -> np.ndarray:
    """The ring's pixels, `(n, 3)`."""
    height, width = lab.shape[:2]
    thick = max(1, round(RING * min(height, width)))
    inside = np.zeros((height, width), dtype=bool)
    inside[thick : height - thick, thick : width - thick] = True
    ring: np.ndarray = lab[~inside]
    return ring

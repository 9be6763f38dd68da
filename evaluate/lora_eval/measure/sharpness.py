"""How detailed a face is beside the rest of its picture."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import laplace

from lora_eval.detect.detector import Box
from lora_eval.measure.regions import cut

_FLAT = 1e-6


def sharpness_ratio(pixels: np.ndarray, face: Box) -> float | None:
    """Variance of the Laplacian in the face over that of the picture; None where one is empty."""
    edges = laplace(pixels.mean(axis=-1))
    inside, whole = cut(edges, face), float(edges.var())
    if inside.size < 9 or whole < _FLAT:
        return None
    return round(float(inside.var()) / whole, 5)

"""Boxes in shares of a picture, as pixels."""

from __future__ import annotations

import numpy as np

from lora_eval.detect.detector import Box


def cut(pixels: np.ndarray, box: Box) -> np.ndarray:
    """What lies in a box: `(height, width, ...)`, empty where the box is outside."""
    height, width = pixels.shape[:2]
    left, right = sorted((_clamped(box.left), _clamped(box.right)))
    top, bottom = sorted((_clamped(box.top), _clamped(box.bottom)))
    part: np.ndarray = pixels[
        round(top * height) : round(bottom * height), round(left * width) : round(right * width)
    ]
    return part


def grown(box: Box, *, sides: float, top: float, bottom: float) -> Box:
    """A box with its edges moved outwards, in shares of its own width and height."""
    return Box(
        box.left - sides * box.width,
        box.top - top * box.height,
        box.right + sides * box.width,
        box.bottom + bottom * box.height,
    )


def _clamped(share: float) -> float:
    return min(1.0, max(0.0, share))

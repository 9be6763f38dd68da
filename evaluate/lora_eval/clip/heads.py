"""Heads cut out of pictures, for comparing characters."""

from __future__ import annotations

from PIL import Image

from lora_eval.detect.detector import Box
from lora_eval.evidence import Found

MARGIN = 0.12
"""Of the head's box on every side, in the box's own size."""
FACE_MARGIN = 0.6
"""The same where only a face was found: it leaves out the hair."""


def head_box(found: Found | None) -> tuple[Box, float] | None:
    """The surest head and its margin, a face in its place, or None."""
    if found is None:
        return None
    for part, margin in (("head", MARGIN), ("face", FACE_MARGIN)):
        seen = found.of(part)  # type: ignore[arg-type]
        if seen:
            return seen[0].box, margin
    return None


def cut_head(image: Image.Image, box: tuple[float, float, float, float],
             margin: float = MARGIN) -> Image.Image:  # fmt: skip
    """A head with a margin, as a square where the picture allows it.

    Args:
        box: left, top, right, bottom in shares of the picture.
    """
    left, right = box[0] * image.width, box[2] * image.width
    top, bottom = box[1] * image.height, box[3] * image.height
    half = max(right - left, bottom - top) * (0.5 + margin)
    x, y = (left + right) / 2, (top + bottom) / 2
    first_x, first_y = round(max(0, x - half)), round(max(0, y - half))
    last_x, last_y = round(min(image.width, x + half)), round(min(image.height, y + half))
    return image.crop((first_x, first_y, max(first_x + 1, last_x), max(first_y + 1, last_y)))

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


def cut_head(
    image: Image.Image, box: tuple[float, float, float, float], margin: float = MARGIN
) -> Image.Image:
    """A head with a margin, always a square: one at the border is not in its middle.

    Args:
        box: left, top, right, bottom in shares of the picture.
    """
    left, right = box[0] * image.width, box[2] * image.width
    top, bottom = box[1] * image.height, box[3] * image.height
    wanted = round(max(right - left, bottom - top) * (1 + 2 * margin))
    side = min(max(1, wanted), *image.size)
    x = _inside(round((left + right - side) / 2), image.width - side)
    y = _inside(round((top + bottom - side) / 2), image.height - side)
    return image.crop((x, y, x + side, y + side))


def _inside(start: int, last: int) -> int:
    return min(max(0, start), last)

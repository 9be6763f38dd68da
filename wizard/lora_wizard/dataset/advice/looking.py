"""One picture's pixels as facts: where its figure is, what is behind it, what it looks like small.

Finds a figure only where its surroundings are transparent or of one colour. It detects no heads
and no faces.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from lora_wizard.dataset.advice.facts import Box, Look
from lora_wizard.dataset.decoding import glance_at
from lora_wizard.errors import Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MINIATURE = 24
"""Side of the miniature in pixels: enough to tell two expressions apart."""
_GREY = "#808080"
_WORK_SIZE = 512
"""Longest side at which the figure is looked for: a big photograph costs no more than a small."""
_OPAQUE = 16
"""Alpha from which a pixel counts as drawn, of 255: soft shadows do not make a figure."""
_TOLERANCE = 12
"""How far a background's pixels may lie from its colour in each channel: JPEG is not exact."""
_PLAIN_BORDER = 0.6
"""Share of the border of one colour: a figure may be cut off by one side, and by most of two."""


def look_at_picture(path: Path) -> Look | Problem:
    """Decode a picture and measure it, or say what is wrong with it."""
    import numpy as np

    glance = glance_at(path)
    if isinstance(glance, Problem):
        return glance
    image, found = glance.image, glance.inspection
    small = image.copy()
    small.thumbnail((_WORK_SIZE, _WORK_SIZE))
    scale = found.width / small.width, found.height / small.height
    drawn: NDArray[np.bool_] | None
    colour = None
    if found.has_alpha:
        drawn = np.asarray(small.getchannel("A")) >= _OPAQUE
    else:
        drawn, colour = _before_plain(np.asarray(small.convert("RGB")).astype(np.int16))
    return Look(
        width=found.width,
        height=found.height,
        has_alpha=found.has_alpha,
        has_frames=found.has_frames,
        figure=None if drawn is None else _bounds(drawn, scale),
        plain_background=colour,
        miniature=_miniature(image),
    )


def _before_plain(
    pixels: NDArray[np.int16],
) -> tuple[NDArray[np.bool_] | None, str | None]:
    """What stands before a background of one colour, and the colour; None twice without one."""
    import numpy as np

    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = np.median(np.concatenate([pixels[0], pixels[:, 0], pixels[:, -1]]), axis=0)
    if float(_near(border, colour).mean()) < _PLAIN_BORDER:
        return None, None
    red, green, blue = (int(channel) for channel in colour)
    return ~_near(pixels, colour), f"#{red:02x}{green:02x}{blue:02x}"


def _near(pixels: NDArray[np.int16], colour: NDArray[np.float64]) -> NDArray[np.bool_]:
    import numpy as np

    near: NDArray[np.bool_] = np.asarray(
        np.all(np.abs(pixels - colour) <= _TOLERANCE, axis=-1), dtype=np.bool_
    )
    return near


def _bounds(drawn: NDArray[np.bool_], scale: tuple[float, float]) -> Box | None:
    """Bounds of the true pixels, in pixels of the original; None where there is none."""
    import numpy as np

    columns, rows = np.flatnonzero(drawn.any(axis=0)), np.flatnonzero(drawn.any(axis=1))
    if not columns.size:
        return None
    return (
        float(columns[0]) * scale[0],
        float(rows[0]) * scale[1],
        float(columns[-1] + 1) * scale[0],
        float(rows[-1] + 1) * scale[1],
    )


def _miniature(image: Image.Image) -> bytes:
    opaque = image
    if image.mode == "RGBA":
        backdrop = Image.new("RGBA", image.size, _GREY)
        opaque = Image.alpha_composite(backdrop, image)
    small = opaque.convert("RGB").resize((MINIATURE, MINIATURE), Image.Resampling.BOX)
    return small.tobytes()

"""A supersampled canvas on which figures are drawn in their own units.

A figure's origin is the middle of its face, one unit is half the width of the face, y points down.
Lines get their width in units too, so that a figure looks the same at every size.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from lora_wizard.paperdoll.traits import Colour

Points = tuple[tuple[float, float], ...]


def shade(colour: Colour, factor: float) -> Colour:
    """The colour made darker (below 1) or mixed with white (above 1, at most 2)."""
    if factor <= 1:
        return (int(colour[0] * factor), int(colour[1] * factor), int(colour[2] * factor))
    mix = factor - 1
    return (
        int(colour[0] + (255 - colour[0]) * mix),
        int(colour[1] + (255 - colour[1]) * mix),
        int(colour[2] + (255 - colour[2]) * mix),
    )


def mirror(points: Points) -> Points:
    """The same points on the other side of the figure."""
    return tuple((-x, y) for x, y in points)


@lru_cache(maxsize=4096)
def smooth(points: Points, steps: int = 5) -> np.ndarray:
    """A closed Catmull-Rom curve through `points`, as `(len(points) * steps, 2)` float32."""
    given = np.asarray(points, dtype=np.float32)
    before, after, next_after = (np.roll(given, k, axis=0) for k in (1, -1, -2))
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[:, None, None]
    curve = 0.5 * (
        2 * given
        + (after - before) * t
        + (2 * before - 5 * given + 4 * after - next_after) * t**2
        + (3 * given - before - 3 * after + next_after) * t**3
    )
    return np.ascontiguousarray(curve.transpose(1, 0, 2).reshape(-1, 2))


@lru_cache(maxsize=64)
def circle(corners: int = 28) -> np.ndarray:
    """A unit circle as `(corners, 2)` float32."""
    angle = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


class Canvas:
    """Draws filled, outlined shapes under one affine placement (rotation, scale, shift)."""

    def __init__(self, image: Image.Image, line: float = 0.055) -> None:
        self.image = image
        self._draw = ImageDraw.Draw(image)
        self._line = line
        self.place(1.0, 0.0, 0.0)

    def place(self, scale: float, x: float, y: float, turn: float = 0.0) -> None:
        """Puts the figure's origin at pixel (x, y), one unit being `scale` pixels."""
        cosine, sine = math.cos(turn) * scale, math.sin(turn) * scale
        self._matrix = np.array([[cosine, sine], [-sine, cosine]], dtype=np.float32)
        self._shift = np.array([x, y], dtype=np.float32)
        self.scale = scale
        self._width = max(1, round(self._line * scale))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """The pixel of a point of the figure."""
        where = np.array([x, y], dtype=np.float32) @ self._matrix + self._shift
        return float(where[0]), float(where[1])

    def shape(self, points: Points, fill: Colour, *, line: Colour | None = None) -> None:
        """A closed smooth shape; its outline is a dark tone of the filling unless given."""
        self._paint(smooth(points), fill, line)

    def polygon(self, points: Points, fill: Colour, *, line: Colour | None = None) -> None:
        """A closed shape with corners."""
        self._paint(np.asarray(points, dtype=np.float32), fill, line)

    def flat(self, points: Points, fill: Colour) -> None:
        """A smooth shape without outline."""
        where = smooth(points) @ self._matrix + self._shift
        self._draw.polygon(where.ravel().tolist(), fill=fill)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, fill: Colour, *, line: Colour | None = None
    ) -> None:
        """An ellipse; outlined only when a line colour is given."""
        where = (circle() * (rx, ry) + (x, y)) @ self._matrix + self._shift
        flat = where.ravel().tolist()
        self._draw.polygon(flat, fill=fill)
        if line is not None:
            self._draw.line([*flat, *flat[:2]], fill=line, width=self._width)

    def stroke(self, points: Sequence[tuple[float, float]], colour: Colour, width: float) -> None:
        """An open line, `width` in units, with round joints."""
        where = np.asarray(points, dtype=np.float32) @ self._matrix + self._shift
        pixels = max(1, round(width * self.scale))
        self._draw.line(where.ravel().tolist(), fill=colour, width=pixels, joint="curve")

    def limb(
        self, points: Sequence[tuple[float, float]], fill: Colour, width: float, end: float = 0.0
    ) -> None:
        """An arm or leg: a thick round-ended line with an outline. `end` widens its last point."""
        dark = shade(fill, 0.6)
        edge = self._line * 1.2
        for colour, grow in ((dark, edge), (fill, -edge * 0.4)):
            self.stroke(points, colour, width + grow)
            for index, (x, y) in enumerate(points):
                radius = (width + grow) / 2 + (end if index == len(points) - 1 else 0)
                self.ellipse(x, y, radius, radius, colour)

    def _paint(self, points: np.ndarray, fill: Colour, line: Colour | None) -> None:
        where = (points @ self._matrix + self._shift).ravel().tolist()
        self._draw.polygon(where, fill=fill)
        edge = shade(fill, 0.6) if line is None else line
        self._draw.line([*where, *where[:2]], fill=edge, width=self._width)

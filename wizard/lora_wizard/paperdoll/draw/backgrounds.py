"""The six backgrounds, painted over the whole picture."""

from __future__ import annotations

import random
from collections.abc import Callable

from lora_wizard.paperdoll.draw.canvas import Canvas
from lora_wizard.paperdoll.traits import CLOTH_COLOURS, Colour

Painter = Callable[[Canvas, random.Random], None]
PLAIN: dict[str, Colour] = {
    **CLOTH_COLOURS,
    "white": (255, 255, 255),
    "pink": (253, 214, 226),
    "blue": (186, 214, 246),
    "yellow": (253, 240, 186),
    "grey": (176, 178, 186),
    "black": (34, 33, 40),
}


def paint_background(canvas: Canvas, kind: str, colour: str, rng: random.Random) -> None:
    """Fills the picture. The canvas gets the unit square: (0, 0) top left, (1, 1) bottom right."""
    width, height = canvas.image.size
    canvas.place(width, 0, 0)
    if kind == "simple background":
        _band(canvas, 0, height / width, PLAIN[colour])
        return
    PAINTERS[kind](canvas, rng)


def _band(canvas: Canvas, top: float, bottom: float, colour: Colour) -> None:
    canvas.polygon(((-0.1, top), (1.1, top), (1.1, bottom), (-0.1, bottom)), colour, line=colour)


def _box(canvas: Canvas, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    canvas.polygon(((x, y), (x + w, y), (x + w, y + h), (x, y + h)), colour, line=colour)


def _classroom(canvas: Canvas, rng: random.Random) -> None:
    _band(canvas, 0, 0.72, (246, 230, 200))
    _band(canvas, 0.72, 1.1, (196, 152, 104))
    x = rng.uniform(-0.12, 0.12)
    _box(canvas, 0.03 + x, 0.1, 0.62, 0.4, (150, 108, 66))
    _box(canvas, 0.05 + x, 0.125, 0.58, 0.35, (52, 108, 84))
    canvas.stroke([(0.1 + x, 0.2), (0.3 + x, 0.2)], (214, 232, 220), 0.012)
    canvas.stroke([(0.1 + x, 0.27), (0.24 + x, 0.27)], (214, 232, 220), 0.012)
    _box(canvas, 0.74 + x, 0.08, 0.2, 0.42, (250, 250, 250))
    _box(canvas, 0.755 + x, 0.1, 0.17, 0.38, (168, 216, 246))
    canvas.stroke([(0.84 + x, 0.1), (0.84 + x, 0.48)], (250, 250, 250), 0.014)
    for at in (0.0, 0.36, 0.72):
        _box(canvas, at + x - 0.06, 0.76, 0.26, 0.05, (224, 176, 116))
        _box(canvas, at + x - 0.04, 0.81, 0.02, 0.2, (110, 110, 120))
        _box(canvas, at + x + 0.16, 0.81, 0.02, 0.2, (110, 110, 120))


def _ocean(canvas: Canvas, rng: random.Random) -> None:
    _band(canvas, 0, 0.48, (146, 208, 250))
    _band(canvas, 0.48, 0.8, (40, 120, 206))
    _band(canvas, 0.8, 1.1, (246, 224, 168))
    for _ in range(2):
        x, y = rng.uniform(0, 1), rng.uniform(0.08, 0.3)
        for dx, r in ((-0.09, 0.05), (0, 0.075), (0.09, 0.05)):
            canvas.ellipse(x + dx, y, r * 1.3, r, (255, 255, 255))
    for _ in range(6):
        x, y = rng.uniform(0, 0.9), rng.uniform(0.53, 0.76)
        canvas.stroke([(x, y), (x + 0.12, y)], (150, 206, 250), 0.014)
    canvas.stroke([(-0.05, 0.8), (0.3, 0.81), (0.6, 0.795), (1.05, 0.805)], (250, 252, 255), 0.022)


def _garden(canvas: Canvas, rng: random.Random) -> None:
    _band(canvas, 0, 0.46, (206, 236, 214))
    for _ in range(7):
        x, y, r = rng.uniform(0, 1), rng.uniform(0.2, 0.44), rng.uniform(0.1, 0.17)
        canvas.ellipse(x, y, r, r, (66 + rng.randrange(24), 142 + rng.randrange(24), 70))
    _band(canvas, 0.44, 0.66, (78, 150, 74))
    _band(canvas, 0.62, 1.1, (140, 200, 96))
    for _ in range(14):
        x, y = rng.uniform(0, 1), rng.uniform(0.48, 0.96)
        colour: Colour = rng.choice(((248, 116, 150), (252, 222, 90), (255, 255, 255)))
        canvas.ellipse(x, y, 0.026, 0.026, colour)


def _city(canvas: Canvas, rng: random.Random) -> None:
    _band(canvas, 0, 0.8, (250, 214, 182))
    x = -0.06
    while x < 1:
        w, top = rng.uniform(0.14, 0.22), rng.uniform(0.08, 0.42)
        grey = rng.randrange(96, 150)
        _box(canvas, x, top, w - 0.012, 0.8 - top, (grey, grey, grey + 22))
        for row in range(int((0.76 - top) / 0.085)):
            for column in range(2):
                lit: Colour = (252, 230, 140) if rng.random() < 0.6 else (206, 220, 236)
                at = x + w * (0.16 + 0.4 * column)
                _box(canvas, at, top + 0.03 + row * 0.085, w * 0.22, 0.042, lit)
        x += w
    _band(canvas, 0.8, 1.1, (104, 104, 112))
    for at in (0.05, 0.4, 0.75):
        canvas.stroke([(at, 0.91), (at + 0.18, 0.91)], (240, 240, 240), 0.022)


def _night_sky(canvas: Canvas, rng: random.Random) -> None:
    for band in range(5):
        _band(canvas, band * 0.2, band * 0.2 + 0.21, (20 + 8 * band, 20 + 9 * band, 62 + 14 * band))
    for _ in range(26):
        x, y, r = rng.random(), rng.uniform(0, 0.9), rng.uniform(0.006, 0.013)
        canvas.ellipse(x, y, r, r, (255, 250, 214))
    x, y = rng.choice((0.16, 0.84)), rng.uniform(0.12, 0.2)
    canvas.ellipse(x, y, 0.09, 0.09, (255, 240, 170))
    canvas.ellipse(x + 0.035, y - 0.02, 0.075, 0.075, (24, 25, 70))


PAINTERS: dict[str, Painter] = {
    "classroom": _classroom,
    "ocean": _ocean,
    "garden": _garden,
    "city": _city,
    "night sky": _night_sky,
}

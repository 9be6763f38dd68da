"""The nine outfits: how each covers the limbs, and what is painted over the trunk.

A new outfit is one `Clothes` entry in `CLOTHES` and its colours in `traits.OUTFITS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lora_wizard.paperdoll.draw.body import Cut
from lora_wizard.paperdoll.draw.canvas import Canvas, Points, shade
from lora_wizard.paperdoll.traits import Colour

WHITE: Colour = (248, 248, 250)
DARK: Colour = (58, 54, 66)
GOLD: Colour = (240, 200, 80)


@dataclass(frozen=True, slots=True)
class Clothes:
    """One kind of outfit, in any colour."""

    cut: Callable[[Colour], Cut]
    paint: Callable[[Canvas, Colour], None]
    paint_over: Callable[[Canvas, Colour], None] | None = None
    """What lies above the arms and below the head, such as a hood or a scarf."""


def _trunk(canvas: Canvas, colour: Colour, hem: float = 2.12, flare: float = 0.5) -> None:
    points: Points = (
        (-0.3, 1.08), (0.3, 1.08), (0.68, 1.24), (0.58, 1.75), (flare, hem), (-flare, hem),
        (-0.58, 1.75), (-0.68, 1.24),
    )  # fmt: skip
    canvas.polygon(points, colour)


def _skirt(canvas: Canvas, colour: Colour, top: float, hem: float, flare: float) -> None:
    canvas.polygon(((-0.52, top), (0.52, top), (flare, hem), (-flare, hem)), colour)


def _buttons(canvas: Canvas, xs: tuple[float, ...], ys: tuple[float, ...], colour: Colour) -> None:
    for x in xs:
        for y in ys:
            canvas.ellipse(x, y, 0.075, 0.075, colour)


def _school(canvas: Canvas, colour: Colour) -> None:
    _skirt(canvas, colour, 1.95, 2.58, 0.92)
    for x in (-0.4, 0.0, 0.4):
        canvas.stroke([(x * 0.8, 2.02), (x * 1.5, 2.55)], shade(colour, 0.6), 0.06)
    _trunk(canvas, WHITE, 2.02)
    collar: Points = ((-0.66, 1.18), (-0.3, 1.04), (0, 1.6), (0.3, 1.04), (0.66, 1.18), (0.5, 1.5),
                      (0, 1.82), (-0.5, 1.5))  # fmt: skip
    canvas.polygon(collar, colour)
    for s in (-1, 1):
        canvas.polygon(((0, 1.66), (0.34 * s, 1.5), (0.26 * s, 1.98)), (222, 44, 56))


def _kimono(canvas: Canvas, colour: Colour) -> None:
    _trunk(canvas, colour, 2.1, 0.55)
    robe: Points = ((-0.55, 2.0), (0.55, 2.0), (0.66, 2.98), (-0.66, 2.98))
    canvas.polygon(robe, colour)
    for x, y in ((-0.36, 2.5), (0.3, 2.75), (0.36, 2.36), (-0.2, 2.84), (-0.42, 1.5), (0.46, 1.44)):
        canvas.ellipse(x, y, 0.11, 0.11, (255, 226, 236))
    canvas.stroke([(0.06, 2.1), (0.1, 2.95)], shade(colour, 0.6), 0.06)
    canvas.stroke([(-0.34, 1.06), (0.14, 1.62)], WHITE, 0.15)
    canvas.stroke([(0.34, 1.06), (-0.14, 1.62)], WHITE, 0.15)
    canvas.polygon(((-0.6, 1.62), (0.6, 1.62), (0.58, 2.05), (-0.58, 2.05)), GOLD)
    canvas.stroke([(-0.58, 1.84), (0.58, 1.84)], (210, 70, 70), 0.09)


def _maid(canvas: Canvas, colour: Colour) -> None:
    _skirt(canvas, colour, 1.9, 2.72, 1.06)
    canvas.stroke([(-1.0, 2.7), (1.0, 2.7)], WHITE, 0.13)
    _trunk(canvas, colour, 2.02)
    canvas.polygon(((-0.36, 1.92), (0.36, 1.92), (0.56, 2.52), (-0.56, 2.52)), WHITE)
    canvas.polygon(((-0.32, 1.24), (0.32, 1.24), (0.38, 1.96), (-0.38, 1.96)), WHITE)
    for s in (-1, 1):
        canvas.ellipse(0.52 * s, 1.24, 0.2, 0.17, WHITE, line=(170, 170, 184))
        canvas.polygon(((0, 1.2), (0.26 * s, 1.08), (0.26 * s, 1.34)), (210, 44, 60))


def _maid_headdress(canvas: Canvas, _colour: Colour) -> None:
    for x, y in ((-0.62, -1.12), (-0.32, -1.28), (0, -1.34), (0.32, -1.28), (0.62, -1.12)):
        canvas.ellipse(x, y, 0.22, 0.2, WHITE, line=(160, 160, 176))


def _dress(canvas: Canvas, colour: Colour) -> None:
    _skirt(canvas, colour, 1.85, 2.76, 0.98)
    points: Points = ((-0.36, 1.12), (-0.2, 1.3), (0.2, 1.3), (0.36, 1.12), (0.5, 1.3),
                      (0.48, 1.95), (-0.48, 1.95), (-0.5, 1.3))  # fmt: skip
    canvas.polygon(points, colour)
    canvas.stroke([(-0.5, 1.9), (0.5, 1.9)], shade(colour, 0.66), 0.16)
    for x in (-0.66, -0.22, 0.22, 0.66):
        canvas.ellipse(x, 2.74, 0.23, 0.1, shade(colour, 1.5), line=shade(colour, 0.6))


def _hoodie(canvas: Canvas, colour: Colour) -> None:
    canvas.polygon(((-0.55, 2.05), (0.55, 2.05), (0.56, 2.42), (-0.56, 2.42)), (92, 104, 140))
    _trunk(canvas, colour, 2.2, 0.62)
    canvas.polygon(((-0.32, 1.78), (0.32, 1.78), (0.42, 2.1), (-0.42, 2.1)), shade(colour, 0.8))


def _hood(canvas: Canvas, colour: Colour) -> None:
    hood: Points = ((-0.84, 1.2), (-0.6, 0.98), (0.0, 1.12), (0.6, 0.98), (0.84, 1.2), (0.5, 1.42),
                    (0.0, 1.36), (-0.5, 1.42))  # fmt: skip
    canvas.shape(hood, shade(colour, 0.86))
    for x in (-0.16, 0.16):
        canvas.stroke([(x, 1.34), (x, 1.74)], WHITE, 0.08)


def _sweater(canvas: Canvas, colour: Colour) -> None:
    _skirt(canvas, (84, 78, 104), 2.0, 2.6, 0.76)
    _trunk(canvas, colour, 2.14, 0.58)
    for y in (1.42, 1.66, 1.9):
        canvas.stroke(
            [(-0.54, y), (0.54, y)], shade(colour, 1.55 if sum(colour) < 600 else 0.8), 0.09
        )


def _turtleneck(canvas: Canvas, colour: Colour) -> None:
    canvas.polygon(((-0.3, 0.98), (0.3, 0.98), (0.34, 1.26), (-0.34, 1.26)), shade(colour, 0.92))


def _tracksuit(canvas: Canvas, colour: Colour) -> None:
    canvas.polygon(((-0.54, 2.0), (0.54, 2.0), (0.52, 2.3), (-0.52, 2.3)), colour)
    for s in (-1, 1):
        canvas.stroke([(0.42 * s, 2.2), (0.44 * s, 3.0)], WHITE, 0.1)
    _trunk(canvas, colour, 2.1, 0.56)
    canvas.stroke([(0, 1.2), (0, 2.08)], WHITE, 0.09)
    for s in (-1, 1):
        canvas.stroke([(0.32 * s, 1.12), (0.6 * s, 1.36)], WHITE, 0.12)
    canvas.polygon(((-0.34, 1.02), (0.34, 1.02), (0.26, 1.22), (-0.26, 1.22)), shade(colour, 0.75))


def _army(canvas: Canvas, colour: Colour) -> None:
    _trunk(canvas, colour, 2.3, 0.64)
    canvas.polygon(((-0.22, 1.06), (0.22, 1.06), (0, 1.5)), (232, 222, 190))
    canvas.stroke([(0, 1.22), (0, 1.5)], DARK, 0.11)
    canvas.stroke([(-0.58, 1.92), (0.58, 1.92)], (74, 50, 36), 0.18)
    canvas.ellipse(0, 1.92, 0.12, 0.1, GOLD)
    for s in (-1, 1):
        canvas.polygon(((0.18 * s, 1.5), (0.5 * s, 1.5), (0.48 * s, 1.78), (0.2 * s, 1.78)),
                       shade(colour, 0.8))  # fmt: skip
        canvas.stroke([(0.4 * s, 1.14), (0.72 * s, 1.24)], GOLD, 0.14)


def _coat(canvas: Canvas, colour: Colour) -> None:
    _trunk(canvas, colour, 2.1, 0.62)
    canvas.polygon(((-0.6, 1.9), (0.6, 1.9), (0.84, 2.86), (-0.84, 2.86)), colour)
    canvas.stroke([(0, 1.4), (0, 2.84)], shade(colour, 0.55), 0.07)
    _buttons(canvas, (-0.2, 0.2), (1.7, 2.0, 2.3), GOLD)


def _scarf(canvas: Canvas, _colour: Colour) -> None:
    red: Colour = (216, 62, 70)
    wrap: Points = ((-0.62, 1.06), (0.0, 1.16), (0.62, 1.06), (0.62, 1.36), (0, 1.5), (-0.62, 1.36))
    canvas.polygon(((0.18, 1.36), (0.5, 1.36), (0.56, 1.96), (0.26, 1.96)), shade(red, 0.85))
    canvas.shape(wrap, red)


CLOTHES: dict[str, Clothes] = {
    "school uniform": Clothes(lambda c: Cut(sleeve=WHITE, short_sleeve=True, socks=DARK), _school),
    "kimono": Clothes(
        lambda c: Cut(sleeve=c, sleeve_width=0.52, legs=WHITE, shoes=(190, 60, 60)), _kimono
    ),
    "maid": Clothes(
        lambda c: Cut(sleeve=c, short_sleeve=True, socks=WHITE), _maid, _maid_headdress
    ),
    "dress": Clothes(lambda c: Cut(shoes=(224, 120, 140)), _dress),
    "hoodie": Clothes(lambda c: Cut(sleeve=c, sleeve_width=0.42, shoes=WHITE), _hoodie, _hood),
    "sweater": Clothes(
        lambda c: Cut(sleeve=c, sleeve_width=0.4, legs=(66, 60, 84)), _sweater, _turtleneck
    ),
    "tracksuit": Clothes(lambda c: Cut(sleeve=c, legs=c, shoes=WHITE), _tracksuit),
    "army uniform": Clothes(
        lambda c: Cut(sleeve=c, legs=shade(c, 0.86), shoes=(52, 40, 34)), _army
    ),
    "coat": Clothes(lambda c: Cut(sleeve=c, sleeve_width=0.42, legs=DARK), _coat, _scarf),
}

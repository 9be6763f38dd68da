"""What a character wears in her hair or on her face, one painter each, in figure units.

A new ornament is one function in `PAINTERS` and its word in `traits.ORNAMENTS`.
"""

from __future__ import annotations

from collections.abc import Callable

from lora_wizard.paperdoll.draw.canvas import Canvas, Points, shade
from lora_wizard.paperdoll.draw.head import hair_of
from lora_wizard.paperdoll.traits import CLOTH_COLOURS, Character, Colour

Painter = Callable[[Canvas, Character], None]


def draw_ornament(canvas: Canvas, character: Character) -> None:
    """The character's ornament, if she has one."""
    if character.ornament:
        PAINTERS[character.ornament](canvas, character)


def _hairband(canvas: Canvas, character: Character) -> None:
    colour = CLOTH_COLOURS[character.ornament_colour]
    arc = ((-1.16, -0.45), (-0.85, -0.92), (-0.4, -1.14), (0, -1.19), (0.4, -1.14),
           (0.85, -0.92), (1.16, -0.45))  # fmt: skip
    canvas.stroke(arc, shade(colour, 0.6), 0.27)
    canvas.stroke(arc, colour, 0.19)


def _hair_bow(canvas: Canvas, character: Character) -> None:
    colour = CLOTH_COLOURS[character.ornament_colour]
    for s in (-1, 1):
        wing = ((0, -1.3), (0.45 * s, -1.72), (0.8 * s, -1.6), (0.8 * s, -1.1), (0.4 * s, -1.1))
        canvas.shape(wing, colour)
    canvas.ellipse(0, -1.32, 0.16, 0.16, shade(colour, 0.8), line=shade(colour, 0.5))


def _hair_flower(canvas: Canvas, character: Character) -> None:
    colour = CLOTH_COLOURS[character.ornament_colour]
    petals = ((-0.82, -1.02), (-0.56, -0.83), (-0.66, -0.52), (-0.98, -0.52), (-1.08, -0.83))
    for x, y in petals:
        canvas.ellipse(x, y, 0.22, 0.22, colour, line=shade(colour, 0.6))
    canvas.ellipse(-0.82, -0.74, 0.14, 0.14, (252, 226, 96))


def _hairclip(canvas: Canvas, character: Character) -> None:
    colour = CLOTH_COLOURS[character.ornament_colour]
    for dy in (0.0, 0.24):
        canvas.stroke([(0.5, -0.72 + dy), (0.98, -0.5 + dy)], shade(colour, 0.55), 0.2)
        canvas.stroke([(0.53, -0.71 + dy), (0.95, -0.51 + dy)], colour, 0.12)


def _crown(canvas: Canvas, _character: Character) -> None:
    gold: Colour = (250, 204, 60)
    canvas.polygon(((-0.6, -1.1), (-0.72, -1.78), (-0.34, -1.42), (0, -1.9), (0.34, -1.42),
                    (0.72, -1.78), (0.6, -1.1)), gold, line=(150, 104, 20))  # fmt: skip
    canvas.ellipse(0, -1.32, 0.12, 0.12, (210, 40, 60))


def _cat_ears(canvas: Canvas, character: Character) -> None:
    fill = hair_of(character)
    for s in (-1, 1):
        canvas.polygon(((0.36 * s, -1.18), (0.92 * s, -1.86), (1.1 * s, -0.8)), fill)
        inner = ((0.56 * s, -1.18), (0.87 * s, -1.58), (0.96 * s, -0.98))
        canvas.polygon(inner, (250, 176, 182), line=(250, 176, 182))


def _glasses(canvas: Canvas, _character: Character) -> None:
    for s in (-1, 1):
        ring = [(0.47 * s + 0.4 * x, 0.24 + 0.4 * y) for x, y in _RING]
        canvas.stroke(ring, (60, 50, 90), 0.08)
    canvas.stroke([(-0.1, 0.18), (0.1, 0.18)], (60, 50, 90), 0.08)


_RING: Points = (
    (1, 0), (0.92, 0.38), (0.7, 0.7), (0.38, 0.92), (0, 1), (-0.38, 0.92), (-0.7, 0.7),
    (-0.92, 0.38), (-1, 0), (-0.92, -0.38), (-0.7, -0.7), (-0.38, -0.92), (0, -1), (0.38, -0.92),
    (0.7, -0.7), (0.92, -0.38), (1, 0),
)  # fmt: skip

PAINTERS: dict[str, Painter] = {
    "hairband": _hairband,
    "hair bow": _hair_bow,
    "hair flower": _hair_flower,
    "hairclip": _hairclip,
    "crown": _crown,
    "cat ears": _cat_ears,
    "glasses": _glasses,
}

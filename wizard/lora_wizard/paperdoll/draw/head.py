"""The head: face, eyes, mouth and hair, in figure units (see canvas)."""

from __future__ import annotations

from lora_wizard.paperdoll.draw.canvas import Canvas, Points, mirror, shade
from lora_wizard.paperdoll.traits import EYE_COLOURS, HAIR_COLOURS, SKINS, Character, Colour

LASH: Colour = (58, 40, 48)
FACE: Points = (
    (-1.0, -0.1), (-0.97, 0.35), (-0.72, 0.74), (-0.3, 0.96), (0.0, 1.0),
    (0.3, 0.96), (0.72, 0.74), (0.97, 0.35), (1.0, -0.1), (0.7, -0.8), (0.0, -1.0), (-0.7, -0.8),
)  # fmt: skip
SKULL: Points = (
    (-1.16, 0.3), (-1.2, -0.3), (-0.95, -0.95), (-0.5, -1.25), (0.0, -1.33),
    (0.5, -1.25), (0.95, -0.95), (1.2, -0.3), (1.16, 0.3), (0.9, 0.75), (0.0, 0.85), (-0.9, 0.75),
)  # fmt: skip
BOB: Points = (
    (-1.2, -0.3), (-0.95, -0.95), (-0.5, -1.25), (0.0, -1.33), (0.5, -1.25), (0.95, -0.95),
    (1.2, -0.3), (1.3, 0.45), (1.28, 0.98), (0.8, 1.12), (0.0, 1.0), (-0.8, 1.12), (-1.28, 0.98),
    (-1.3, 0.45),
)  # fmt: skip
LONG: Points = (
    (-1.2, -0.3), (-0.95, -0.95), (-0.5, -1.25), (0.0, -1.33), (0.5, -1.25), (0.95, -0.95),
    (1.2, -0.3), (1.3, 0.6), (1.35, 1.5), (1.2, 2.2), (0.7, 2.05), (0.0, 2.2), (-0.7, 2.05),
    (-1.2, 2.2), (-1.35, 1.5), (-1.3, 0.6),
)  # fmt: skip
TWINTAIL: Points = (
    (0.95, -0.75), (1.45, -0.85), (1.85, -0.2), (1.95, 0.7), (1.75, 1.6), (1.5, 1.75),
    (1.35, 1.0), (1.35, 0.2), (1.05, -0.4),
)  # fmt: skip
LOW_TWINTAIL: Points = (
    (0.95, 0.65), (1.3, 0.7), (1.55, 1.3), (1.5, 2.1), (1.25, 2.4), (1.05, 2.0), (1.1, 1.4),
    (0.9, 1.0),
)  # fmt: skip
SIDE_TAIL: Points = (
    (0.85, -0.9), (1.45, -1.1), (1.95, -0.6), (2.05, 0.4), (1.9, 1.4), (1.6, 1.75), (1.45, 1.1),
    (1.45, 0.3), (1.1, -0.35),
)  # fmt: skip
PONYTAIL: Points = (
    (-0.35, -1.15), (-0.6, -1.75), (0.1, -2.0), (0.95, -1.75), (1.6, -1.0), (1.85, 0.0),
    (1.75, 0.9), (1.45, 0.3), (1.2, -0.5), (0.6, -1.1),
)  # fmt: skip
DRILL: Points = (
    (0.95, -0.1), (1.35, -0.2), (1.8, 0.2), (1.75, 0.6), (1.85, 1.0), (1.65, 1.35), (1.6, 1.7),
    (1.4, 2.1), (1.2, 1.7), (1.0, 1.3), (1.1, 0.95), (0.95, 0.6), (1.05, 0.3),
)  # fmt: skip


def hair_of(character: Character) -> Colour:
    """The colour that the character's hair is painted in."""
    return HAIR_COLOURS[character.hair_colour]


def draw_hair_behind(canvas: Canvas, character: Character) -> None:
    """What hangs behind neck and shoulders."""
    style = character.hair_style
    back = shade(hair_of(character), 0.86)
    if style in ("long hair", "drill hair"):
        canvas.shape(LONG if style == "long hair" else BOB, back)
    elif style == "bob cut":
        canvas.shape(BOB, back)
    else:
        canvas.shape(SKULL, back)
    fill = hair_of(character)
    if style == "twintails":
        for tail in (TWINTAIL, mirror(TWINTAIL)):
            canvas.shape(tail, fill)
    elif style == "ponytail":
        canvas.shape(PONYTAIL, fill)
    elif style == "hair bun":
        canvas.ellipse(0, -1.5, 0.58, 0.5, fill, line=shade(fill, 0.6))
    elif style == "double bun":
        for x in (-0.88, 0.88):
            canvas.ellipse(x, -1.15, 0.5, 0.48, fill, line=shade(fill, 0.6))


def draw_face(canvas: Canvas, character: Character, expression: str) -> None:
    """Skin, cheeks, eyes, brows and mouth."""
    skin = SKINS[character.skin]
    for x in (-1.0, 1.0):
        canvas.ellipse(x, 0.22, 0.16, 0.22, skin, line=shade(skin, 0.66))
    canvas.shape(FACE, skin, line=shade(skin, 0.6))
    for x in (-0.62, 0.62):
        canvas.ellipse(x, 0.58, 0.19, 0.1, (250, 168, 158))
    for side in (-1, 1):
        if expression == "closed eyes":
            _closed_eye(canvas, side)
        else:
            _open_eye(canvas, side, EYE_COLOURS[character.eye_colour])
        _brow(canvas, side, shade(hair_of(character), 0.6), expression)
    _mouth(canvas, expression)


def _open_eye(canvas: Canvas, side: int, iris: Colour) -> None:
    x, y = 0.47 * side, 0.22
    canvas.ellipse(x, y, 0.285, 0.35, (252, 252, 255))
    canvas.ellipse(x, y + 0.02, 0.245, 0.335, iris)
    canvas.ellipse(x, y - 0.12, 0.21, 0.17, shade(iris, 0.55))
    canvas.ellipse(x, y + 0.2, 0.14, 0.1, shade(iris, 1.45))
    canvas.ellipse(x - 0.09, y - 0.14, 0.085, 0.1, (255, 255, 255))
    lid = ((-0.32, -0.12), (-0.22, -0.3), (0.0, -0.38), (0.22, -0.3), (0.34, -0.1))
    canvas.stroke([(x + dx, y + dy) for dx, dy in lid], LASH, 0.11)


def _closed_eye(canvas: Canvas, side: int) -> None:
    x = 0.47 * side
    arc = ((-0.3, 0.2), (-0.18, 0.36), (0.0, 0.42), (0.18, 0.36), (0.3, 0.2))
    canvas.stroke([(x + dx, dy) for dx, dy in arc], LASH, 0.1)


def _brow(canvas: Canvas, side: int, colour: Colour, expression: str) -> None:
    inner = {"frown": -0.22, "open mouth": -0.46}.get(expression, -0.38)
    points = [(0.28 * side, inner), (0.5 * side, -0.42), (0.72 * side, -0.32)]
    canvas.stroke(points, colour, 0.06)


def _mouth(canvas: Canvas, expression: str) -> None:
    if expression == "open mouth":
        canvas.ellipse(0, 0.74, 0.17, 0.15, (176, 58, 66), line=LASH)
    elif expression == "frown":
        canvas.stroke([(-0.16, 0.8), (0.0, 0.72), (0.16, 0.8)], (150, 66, 66), 0.07)
    elif expression == "expressionless":
        canvas.stroke([(-0.12, 0.74), (0.12, 0.74)], (150, 66, 66), 0.07)
    else:
        canvas.stroke([(-0.18, 0.68), (0.0, 0.78), (0.18, 0.68)], (150, 66, 66), 0.07)


FRINGES: dict[str, tuple[Points, ...]] = {
    "blunt bangs": (
        ((-1.17, 0.15), (-1.17, -0.5), (-0.8, -1.05), (0, -1.3), (0.8, -1.05), (1.17, -0.5),
         (1.17, 0.15), (0.92, -0.02), (0.62, -0.12), (0.2, -0.12), (-0.2, -0.12), (-0.62, -0.12),
         (-0.92, -0.02)),
    ),
    "parted bangs": (
        ((-1.17, 0.35), (-1.19, -0.5), (-0.8, -1.08), (0.02, -1.31), (0.1, -0.95), (-0.2, -0.5),
         (-0.72, -0.12), (-0.95, 0.1)),
        ((1.17, 0.35), (1.19, -0.5), (0.8, -1.08), (-0.02, -1.31), (-0.06, -0.95), (0.2, -0.5),
         (0.72, -0.12), (0.95, 0.1)),
    ),
    "swept bangs": (
        ((-1.17, 0.4), (-1.19, -0.5), (-0.8, -1.06), (0, -1.31), (0.8, -1.06), (1.19, -0.5),
         (1.17, 0.3), (1.0, -0.1), (0.72, -0.62), (0.3, -0.3), (-0.3, -0.06), (-0.86, 0.06)),
    ),
}  # fmt: skip
SIDE_LOCK: Points = ((0.93, -0.2), (1.2, -0.2), (1.24, 0.5), (1.1, 1.02), (0.97, 0.6))


def draw_hair_front(canvas: Canvas, character: Character) -> None:
    """Fringe, side locks, and what falls over the shoulders."""
    fill = hair_of(character)
    for side in (SIDE_LOCK, mirror(SIDE_LOCK)):
        canvas.shape(side, fill)
    for part in FRINGES[character.bangs]:
        canvas.shape(part, fill)
    canvas.stroke([(-0.55, -0.85), (-0.2, -1.0), (0.25, -1.0)], shade(fill, 1.45), 0.1)
    style = character.hair_style
    if style == "side ponytail":
        canvas.shape(SIDE_TAIL, fill)
    elif style == "low twintails":
        for tail in (LOW_TWINTAIL, mirror(LOW_TWINTAIL)):
            canvas.shape(tail, fill)
    elif style == "drill hair":
        for side, sign in ((DRILL, 1), (mirror(DRILL), -1)):
            canvas.shape(side, fill)
            for y in (0.3, 0.8, 1.3):
                canvas.stroke([(1.0 * sign, y + 0.18), (1.7 * sign, y)], shade(fill, 0.6), 0.06)
    elif style in ("twin braids", "single braid"):
        for sign in (1, -1) if style == "twin braids" else (1,):
            _braid(canvas, fill, sign)


def _braid(canvas: Canvas, fill: Colour, sign: int) -> None:
    for step in range(5):
        x, y = (1.12 + 0.05 * (step % 2)) * sign, 0.85 + 0.32 * step
        radius = 0.25 - 0.02 * step
        canvas.ellipse(x, y, radius, radius * 0.86, fill, line=shade(fill, 0.55))
    canvas.ellipse(1.14 * sign, 2.42, 0.12, 0.16, (210, 60, 70))

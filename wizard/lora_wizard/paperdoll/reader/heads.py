"""Heads with no body, drawn anywhere at any size: what a badly trained LoRA makes.

`draw` knows one kind of head: a cut-out in the middle. LoRAs put heads on every background, big
and small, with hair hanging or cut off, several at once, or nothing but a face. Whether such a head
floats or is a close-up is a matter of room: below a floating head a body could have been seen.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from PIL import Image

from lora_wizard.paperdoll.draw.backgrounds import PLAIN, paint_background
from lora_wizard.paperdoll.draw.canvas import Canvas
from lora_wizard.paperdoll.draw.head import draw_face, draw_hair_behind, draw_hair_front
from lora_wizard.paperdoll.draw.ornaments import draw_ornament
from lora_wizard.paperdoll.reader.attributes import Truth, character_truth
from lora_wizard.paperdoll.traits import (
    BACKGROUNDS,
    EXPRESSIONS,
    Character,
    random_character,
)

SIDE_PX = 64
"""Side of the pictures that the reader sees."""
SUPERSAMPLING = 3
CHIN = 1.05
"""The chin with its outline, in figure units below the middle of the face."""
ROOM_FOR_A_BODY = 0.1
"""Share of the frame's height that must be free below the chin for a head to float."""
HANGING = ("long hair", "bob cut", "low twintails", "twin braids", "single braid")
"""Styles that cannot be told apart once everything below the chin is cut off."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Middle of the face and half its width, in shares of the side; tilt in radians."""

    x: float
    y: float
    unit: float
    turn: float

    @property
    def room(self) -> float:
        """Share of the frame's height below the chin."""
        return 1 - self.y - CHIN * self.unit


def random_background(rng: random.Random) -> tuple[Image.Image, str]:
    """A background of the reader's size, supersampled, and its word."""
    side = SIDE_PX * SUPERSAMPLING
    image = Image.new("RGB", (side, side))
    kind = rng.choice((*BACKGROUNDS, "simple background"))
    if kind == "simple background" and rng.random() < 0.3:
        colour = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
        image.paste(colour, (0, 0, side, side))
    else:
        paint_background(Canvas(image), kind, rng.choice(list(PLAIN)), rng)
    return image, kind


def floating_heads(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """One head, or rarely several, with room for the bodies that are missing."""
    image, background = random_background(rng)
    truth = {"kind": "floating head", "background": background}
    if rng.random() < 0.12:
        for place in _several(rng):
            _paste_head(image, random_character(rng), rng.choice(EXPRESSIONS), place, rng)
        return reduced(image), truth
    who, expression = random_character(rng), rng.choice(EXPRESSIONS)
    seen = _paste_head(image, who, expression, _floating_place(rng), rng)
    return reduced(image), truth | seen


def faces_filling_the_frame(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """A close-up nearer, farther or more to the side than `draw` makes them."""
    image, _ = random_background(rng)
    who, expression = random_character(rng), rng.choice(EXPRESSIONS)
    while True:
        unit = rng.uniform(0.34, 0.75)
        place = _Place(rng.uniform(0.38, 0.62), rng.uniform(0.35, 0.65), unit, _tilt(rng))
        if place.room < 0.015:
            break
    seen = _paste_head(image, who, expression, place, rng, mask_like=0, cut=0)
    truth = character_truth(who, expression, close_up=True)
    return reduced(image), {"kind": "close-up", **{k: v for k, v in truth.items() if k in seen}}


def head_beside(image: Image.Image, rng: random.Random) -> None:
    """Pastes one more head high up on a supersampled picture, clear of whatever stands below."""
    place = _Place(rng.choice((0.15, 0.85)), rng.uniform(0.14, 0.24), rng.uniform(0.09, 0.12), 0)
    _paste_head(image, random_character(rng), "smile", place, rng)


def reduced(image: Image.Image) -> np.ndarray:
    """A supersampled picture at the reader's size, `(64, 64, 3)` uint8."""
    return np.asarray(image.convert("RGB").reduce(SUPERSAMPLING))


def _floating_place(rng: random.Random) -> _Place:
    while True:
        unit = 1 / rng.uniform(2.5, 5.5) if rng.random() < 0.75 else 1 / rng.uniform(5.5, 11)
        place = _Place(rng.uniform(0.2, 0.8), rng.uniform(0.12, 0.88), unit, _tilt(rng))
        if place.room > ROOM_FOR_A_BODY:
            return place


def _several(rng: random.Random) -> list[_Place]:
    count = rng.choice((2, 2, 3, 4))
    unit = rng.uniform(0.1, 0.17) if count < 4 else rng.uniform(0.08, 0.12)
    return [
        _Place((index + rng.uniform(0.3, 0.7)) / count, rng.uniform(0.2, 0.7), unit, _tilt(rng))
        for index in range(count)
    ]


def _tilt(rng: random.Random) -> float:
    return rng.uniform(-0.14, 0.14)


def _paste_head(
    image: Image.Image,
    who: Character,
    expression: str,
    place: _Place,
    rng: random.Random,
    *,
    mask_like: float = 0.08,
    cut: float = 0.6,
) -> Truth:
    """Draws a head onto `image`; returns what can be read of it.

    With chance `mask_like` there is a face and nothing else; else, with chance `cut`, what hangs
    below the chin is scissored off, as in the material.
    """
    side = image.size[0]
    layer = Image.new("RGBA", image.size)
    canvas = Canvas(layer)
    canvas.place(place.unit * side, place.x * side, place.y * side, place.turn)
    truth = character_truth(who, expression)
    if rng.random() < mask_like:
        draw_face(canvas, who, expression)
        truth = {"eye_colour": truth["eye_colour"]}
    else:
        draw_hair_behind(canvas, who)
        draw_face(canvas, who, expression)
        draw_hair_front(canvas, who)
        draw_ornament(canvas, who)
        if rng.random() < cut:
            below = round((place.y + rng.uniform(1.1, 1.25) * place.unit) * side)
            layer.paste((0, 0, 0, 0), (0, below, side, max(side, below)))
            if who.hair_style in HANGING:
                del truth["hair_style"]
    image.paste(layer, mask=layer)
    return _only_seen(truth, place)


def _only_seen(truth: Truth, place: _Place) -> Truth:
    """Leaves out what is cut by the frame or too small to tell at the reader's size."""
    seen = dict(truth)
    one_eye = place.x - 0.5 * place.unit > 0 and place.x + 0.5 * place.unit < 1
    if not one_eye or place.unit * SIDE_PX < 6.5:
        seen.pop("eye_colour", None)
    top = place.y - 1.9 * place.unit
    for name, reach in (("hair_style", 1.9), ("ornament", 1.2)):
        sides = place.x - reach * place.unit > 0 and place.x + reach * place.unit < 1
        if not sides or top < 0 or place.unit * SIDE_PX < 8:
            seen.pop(name, None)
    return seen

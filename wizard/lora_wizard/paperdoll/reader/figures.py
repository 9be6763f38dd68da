"""Whole characters where `draw` never puts them: small, large, cut by the frame, beside others.

Sampled pictures are not framed as neatly as drawn ones. A figure is drawn whole and transparent,
and a window is laid over it; what the window shows decides what is true of the picture.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.reader.attributes import (
    HEADDRESS,
    TAILS,
    Truth,
    character_truth,
    scene_truth,
)
from lora_wizard.paperdoll.reader.heads import (
    SIDE_PX,
    SUPERSAMPLING,
    head_beside,
    random_background,
    reduced,
)
from lora_wizard.paperdoll.traits import EXPRESSIONS, Scene, random_scene

_FIGURE_UNITS = 5.12
"""Height of the frame of a full body."""
_LARGEST_PX = 160
_SHOULDERS = 1.4
"""What must be in the frame, in figure units, for a body to be seen."""
_BARE_CHIN = 1.02
"""A frame that ends above this shows the face alone."""


@dataclass(frozen=True, slots=True)
class _Figure:
    """A whole figure on nothing, and where its face is."""

    image: Image.Image
    scene: Scene
    x: float
    y: float
    unit: float
    """Half the width of the face; like x and y in pixels of `image`."""


@dataclass(frozen=True, slots=True)
class _Window:
    """A frame `width` figure units wide, whose top left corner is (left, top)."""

    left: float
    top: float
    width: float

    @property
    def bottom(self) -> float:
        return self.top + self.width

    @property
    def unit_px(self) -> float:
        return SIDE_PX / self.width

    def shows(self, x: float) -> bool:
        """Whether this much of the figure is in the frame on both sides of her middle."""
        return self.left < -x and self.left + self.width > x


def plain_drawing(rng: random.Random, subject: str) -> tuple[np.ndarray, Truth]:
    """A scene as `draw` draws it."""
    scene = random_scene(rng, subject=subject)
    drawing = draw(scene, size=SIDE_PX, seed=rng.randrange(2**31))
    return np.asarray(drawing.image.convert("RGB")), scene_truth(scene)


def oddly_placed_figure(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """One character in a frame of any size, anywhere."""
    while (kind := _kind(window := _window(rng))) is None:
        pass
    figure = _figure(rng, window)
    ground, background = random_background(rng)
    image = ground.reduce(SUPERSAMPLING)
    _paste(image, figure, window)
    truth = {"kind": kind} | _seen(figure.scene, window)
    if window.width > 2.6:
        truth["background"] = background
    return np.asarray(image), truth


def strangers(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """Two or three different characters in one picture."""
    ground, background = random_background(rng)
    image = ground.reduce(SUPERSAMPLING)
    count = rng.choice((2, 2, 2, 3))
    for index in range(count):
        middle = (index + rng.uniform(0.4, 0.6)) / count
        width = rng.uniform(3.6, 6.5) * (1 if count == 2 else 1.3)
        # Her shoulders are always above the frame's lower edge.
        top = rng.uniform(max(-width * 0.4, 2.0 - width), -1.3)
        window = _Window(-middle * width, top, width)
        _paste(image, _figure(rng, window), window)
    return np.asarray(image), {"kind": "multiple", "background": background}


def empty_scene(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """A background with nobody in it."""
    image, background = random_background(rng)
    return reduced(image), {"kind": "no one", "background": background}


def head_beside_mannequin(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """A mannequin, and a head that hangs in the air away from it."""
    scene = replace(random_scene(rng, subject="mannequin"), framing="full body")
    drawing = draw(scene, size=SIDE_PX * SUPERSAMPLING, seed=rng.randrange(2**31))
    image = drawing.image.convert("RGB")
    head_beside(image, rng)
    return reduced(image), {"kind": "floating head", "background": scene.background}


def _figure(rng: random.Random, window: _Window) -> _Figure:
    """A figure sharp enough for the window, nothing cut off by the border of its own picture."""
    size = min(_LARGEST_PX, round(1.3 * window.unit_px * _FIGURE_UNITS))
    scene = replace(random_scene(rng), framing="full body", expression=rng.choice(EXPRESSIONS))
    for _ in range(8):
        drawing = draw(scene, size=size, seed=rng.randrange(2**31), transparent=True)
        alpha = np.asarray(drawing.image)[..., 3]
        if not (alpha[:, 0].any() or alpha[:, -1].any() or alpha[0].any()):
            break
    face = drawing.figures[0].face
    assert face is not None  # a full body always has one
    left, top, right, bottom = (edge * size for edge in face)
    unit = (bottom - top) / 1.6  # the box of a face is 1.6 units high (draw.picture)
    return _Figure(drawing.image, scene, (left + right) / 2, top + 0.6 * unit, unit)


def _window(rng: random.Random) -> _Window:
    if rng.random() < 0.25:
        width = rng.uniform(1.4, 2.3)
        top = rng.uniform(-1.2, -0.5)
    else:
        width = rng.uniform(2.5, 4.5) if rng.random() < 0.5 else rng.uniform(4.5, 9)
        top = rng.uniform(-width * 0.55, -0.95)
    reach = 0.42 if width > 4 else 0.2
    return _Window(-width * (0.5 + rng.uniform(-reach, reach)), top, width)


def _kind(window: _Window) -> str | None:
    """What the window makes of the figure; None where it is neither this nor that."""
    if window.bottom > _SHOULDERS:
        return "whole" if window.shows(0.3) and window.width > 2.3 else None
    return "close-up" if window.bottom < _BARE_CHIN and window.shows(0.5) else None


def _seen(scene: Scene, window: _Window) -> Truth:
    close = window.bottom < _BARE_CHIN
    headdress = scene.outfit.kind == HEADDRESS
    truth = character_truth(scene.character, scene.expression, close_up=close, headdress=headdress)
    if window.unit_px < 6.5 or window.top > -0.3 or not window.shows(0.72):
        del truth["eye_colour"]
    reach = 2.0 if scene.character.hair_style in TAILS else 1.4
    if window.unit_px < 8 or window.top > -1.9 or not window.shows(reach):
        truth.pop("hair_style", None)
    if window.unit_px < 8 or window.top > -1.9 or not window.shows(1.2):
        truth.pop("ornament", None)
    if not close and window.unit_px > 6 and window.bottom > 1.75 and window.shows(0.8):
        truth["outfit"] = scene.outfit.kind
    return truth


def _paste(image: Image.Image, figure: _Figure, window: _Window) -> None:
    """Lays the figure onto a picture of the reader's size as the window shows it."""
    unit = window.unit_px
    factor = unit / figure.unit
    size = max(1, round(figure.image.size[0] * factor))
    # Premultiplied, so that the hidden colour of nothing never bleeds in.
    small = figure.image.convert("RGBa").resize((size, size), Image.Resampling.BILINEAR)
    corner = (
        round(-window.left * unit - figure.x * factor),
        round(-window.top * unit - figure.y * factor),
    )
    cut = small.convert("RGBA")
    image.paste(cut, corner, mask=cut)

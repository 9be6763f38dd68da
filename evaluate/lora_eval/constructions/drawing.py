"""Drawings that the cases need and `paperdoll.draw` alone does not give."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from PIL import Image

from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.draw import head as heads
from lora_wizard.paperdoll.draw.backgrounds import paint_background
from lora_wizard.paperdoll.draw.canvas import Canvas
from lora_wizard.paperdoll.draw.ornaments import draw_ornament
from lora_wizard.paperdoll.reader.broken import broken
from lora_wizard.paperdoll.traits import Scene

SIDE_PX = 64
SUPERSAMPLING = 3
CHIN = 1.05
"""Below the middle of the face, in half widths of the face."""


def drawn(scene: Scene, rng: random.Random) -> Image.Image:
    """The scene as it is."""
    return draw(scene, size=SIDE_PX, seed=rng.randrange(2**31)).image.convert("RGB")


def floating_head(scene: Scene, rng: random.Random) -> Image.Image:
    """Her head in the air, with room below it for shoulders at least."""
    while True:
        unit = rng.uniform(0.12, 0.3)
        y = rng.uniform(0.25, 0.65)
        if 1 - y - CHIN * unit >= max(0.14, 0.8 * unit):
            return _head(scene, rng, unit, y)


def low_head(scene: Scene, rng: random.Random) -> Image.Image:
    """A head whose chin the lower edge nearly cuts: no body could be seen."""
    unit = rng.uniform(0.2, 0.34)
    return _head(scene, rng, unit, 1 - CHIN * unit + rng.uniform(-0.01, 0.02))


def broken_picture(scene: Scene, rng: random.Random) -> Image.Image:
    """Noise, tears, melted and mixed pictures."""
    one = np.asarray(drawn(scene, rng))
    other = np.asarray(drawn(replace(scene, background="ocean"), rng))
    return Image.fromarray(broken(one, other, rng))


def cut_figure(scene: Scene, rng: random.Random) -> Image.Image:
    """A figure whose head the left or right edge cuts by a fifth to a half of its width."""
    ground = _ground(scene, rng).reduce(SUPERSAMPLING)
    size = round(SIDE_PX * rng.uniform(1.2, 1.6))
    drawing = draw(scene, size=size, seed=rng.randrange(2**31), transparent=True)
    box = drawing.figures[0].head
    assert box is not None  # a full body has a head
    width = (box[2] - box[0]) * size
    hidden = width * rng.uniform(0.2, 0.5)
    left = -hidden if rng.random() < 0.5 else SIDE_PX - width + hidden
    corner = (round(left - box[0] * size), round(SIDE_PX * 0.08 - box[1] * size))
    ground.paste(drawing.image, corner, mask=drawing.image)
    return ground


def _head(scene: Scene, rng: random.Random, unit: float, y: float) -> Image.Image:
    """Her head alone; sizes in shares of the picture."""
    ground = _ground(scene, rng)
    side = ground.size[0]
    layer = Image.new("RGBA", ground.size)
    canvas = Canvas(layer)
    x = rng.uniform(0.4, 0.6)
    canvas.place(unit * side, x * side, y * side, rng.uniform(-0.1, 0.1))
    heads.draw_hair_behind(canvas, scene.character)
    heads.draw_face(canvas, scene.character, scene.expression)
    heads.draw_hair_front(canvas, scene.character)
    draw_ornament(canvas, scene.character)
    below = round((y + 1.18 * unit) * side)
    if below < side and rng.random() < 0.7:
        layer.paste((0, 0, 0, 0), (0, below, side, side))
    ground.paste(layer, mask=layer)
    return ground.reduce(SUPERSAMPLING)


def _ground(scene: Scene, rng: random.Random) -> Image.Image:
    side = SIDE_PX * SUPERSAMPLING
    image = Image.new("RGB", (side, side))
    paint_background(Canvas(image), scene.background, scene.background_colour, rng)
    return image

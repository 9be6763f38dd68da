"""Drawings of every kind with the boxes of what they show.

Sampled pictures are not framed as neatly as drawn ones: figures of any size anywhere, cut by the
frame, side by side; heads in the air; bodies without heads; nobody; and broken pictures, in which
there is nothing to find.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from PIL import Image, ImageFilter

from lora_eval.detect.boxes import inside
from lora_eval.detect.detector import Box, Part
from lora_eval.detect.paperdoll.network import SIDE_PX
from lora_eval.detect.paperdoll.targets import Truth
from lora_wizard.paperdoll.draw import Drawing, draw
from lora_wizard.paperdoll.draw import head as heads
from lora_wizard.paperdoll.draw.canvas import Canvas
from lora_wizard.paperdoll.draw.ornaments import draw_ornament
from lora_wizard.paperdoll.reader.broken import broken
from lora_wizard.paperdoll.reader.heads import SUPERSAMPLING, random_background
from lora_wizard.paperdoll.traits import BACKGROUNDS, EXPRESSIONS, random_character, random_scene

Maker = Callable[[random.Random], tuple[np.ndarray, Truth]]
HEAD = (-1.3, -1.36, 1.3, 1.05)
FACE = (-1.0, -0.6, 1.0, 1.0)
"""Boxes in figure units around the middle of the face, as `paperdoll.draw` means them."""
_PALE = ((246, 246, 250), (236, 226, 226), (214, 224, 230), (120, 190, 196), (60, 58, 70))
"""Colours of a shapeless body: mostly whitish, or like the hair, or dark."""
LEAST_SHOWN = 0.4
"""Share of a head or face that must be in the frame to count."""
LEAST_BODY = 0.05
"""Height and width of what is seen of a body, in shares of the picture, from which it counts."""


def plain(rng: random.Random, subject: str) -> tuple[np.ndarray, Truth]:
    """A scene as `draw` draws it."""
    drawing = draw(random_scene(rng, subject=subject), size=SIDE_PX, seed=rng.randrange(2**31))
    return np.asarray(drawing.image.convert("RGB")), _boxes_of(drawing)


def figures(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """One to three figures of any size in a frame that may cut them."""
    image, _ = random_background(rng)
    count = rng.choices((1, 2, 3), (6, 3, 1))[0]
    truth: list[tuple[Part, Box]] = []
    for index in range(count):
        size = rng.uniform(0.5, 2.6) if count == 1 else rng.uniform(0.5, 1.25)
        middle = rng.uniform(0.25, 0.75) if count == 1 else (index + rng.uniform(0.4, 0.6)) / count
        truth += _paste_figure(image, rng, size, middle)
    return _small(image), tuple(truth)


def shapeless(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """A figure whose body is little more than a pale shape, as LoRAs of heads draw it."""
    scene = random_scene(rng)
    scene = replace(
        scene,
        framing=rng.choice(("full body", "cowboy shot", "upper body", "upper body")),
        background=rng.choice(BACKGROUNDS[:-1]),
        background_colour="grey",
    )
    drawing = draw(scene, size=SIDE_PX * 2, seed=rng.randrange(2**31), transparent=True)
    figure = drawing.image
    pale = Image.new("RGBA", figure.size, rng.choice(_PALE))
    veil = Image.new("L", figure.size)
    chin = round((drawing.figures[0].face or (0, 0, 0, 0.5))[3] * figure.height)
    veil.paste(round(255 * rng.uniform(0.6, 0.97)), (0, chin, *figure.size))
    veiled = Image.composite(pale, figure, veil)
    veiled.putalpha(figure.getchannel("A"))
    softened = veiled.filter(ImageFilter.GaussianBlur(rng.uniform(0, 2.5)))
    blurred = Image.composite(softened, veiled, veil.point(lambda value: 255 if value else 0))
    ground, _ = random_background(rng)
    ground = ground.resize(figure.size)
    ground.paste(blurred, mask=blurred)
    small = ground.resize((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    return np.asarray(small), _boxes_of(drawing)


def floating(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """One head in the air, or several, with nothing below."""
    image, _ = random_background(rng)
    truth: list[tuple[Part, Box]] = []
    count = rng.choices((1, 2, 3), (8, 2, 1))[0]
    for index in range(count):
        unit = rng.uniform(0.1, 0.36) if count == 1 else rng.uniform(0.09, 0.17)
        x = rng.uniform(0.25, 0.75) if count == 1 else (index + rng.uniform(0.35, 0.65)) / count
        truth += _paste_head(image, rng, x, rng.uniform(0.2, 0.85), unit)
    return _small(image), tuple(truth)


def face_filling_the_frame(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """A close-up: no body could be seen."""
    image, _ = random_background(rng)
    place = (rng.uniform(0.38, 0.62), rng.uniform(0.4, 0.62))
    return _small(image), tuple(_paste_head(image, rng, *place, rng.uniform(0.36, 0.7)))


def head_beside_mannequin(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """A body without a head, and a head without a body."""
    scene = replace(random_scene(rng, subject="mannequin"), framing="full body")
    drawing = draw(scene, size=SIDE_PX * SUPERSAMPLING, seed=rng.randrange(2**31))
    image = drawing.image.convert("RGB")
    x, y = rng.choice((0.16, 0.84)), rng.uniform(0.16, 0.5)
    seen = _paste_head(image, rng, x, y, rng.uniform(0.09, 0.13))
    return _small(image), (*_boxes_of(drawing), *seen)


def nobody(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """A background alone."""
    return _small(random_background(rng)[0]), ()


def ruined(rng: random.Random) -> tuple[np.ndarray, Truth]:
    """A broken picture."""
    one, other = (plain(rng, rng.choice(("one", "one", "head")))[0] for _ in range(2))
    return broken(one, other, rng), ()


MIXTURE: dict[str, tuple[float, Maker]] = {
    "one": (0.26, partial(plain, subject="one")),
    "figures": (0.18, figures),
    "floating": (0.16, floating),
    "head cut-out": (0.05, partial(plain, subject="head")),
    "face": (0.03, face_filling_the_frame),
    "multiple views": (0.07, partial(plain, subject="multiple views")),
    "twins": (0.06, partial(plain, subject="twins")),
    "mannequin": (0.03, partial(plain, subject="mannequin")),
    "head beside mannequin": (0.03, head_beside_mannequin),
    "shapeless": (0.08, shapeless),
    "nobody": (0.03, nobody),
    "ruined": (0.04, ruined),
}
"""Kinds of pictures by their makers, and the share of each."""


def make_scenes(
    count: int, *, seed: int, only: str | None = None
) -> tuple[np.ndarray, list[Truth]]:
    """Pictures `(count, 64, 64, 3)` uint8 number 0 to `count` of a seed, and their boxes."""
    names = [only] if only else list(MIXTURE)
    shares = [MIXTURE[name][0] for name in names]
    pixels = np.empty((count, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    truths: list[Truth] = []
    for index in range(count):
        rng = random.Random(f"{seed} {index}")
        pixels[index], truth = MIXTURE[rng.choices(names, shares)[0]][1](rng)
        truths.append(truth)
    return pixels, truths


def _boxes_of(drawing: Drawing) -> Truth:
    found: list[tuple[Part, Box]] = []
    for figure in drawing.figures:
        parts: tuple[tuple[Part, tuple[float, float, float, float] | None], ...] = (
            ("head", figure.head),
            ("face", figure.face),
            ("body", figure.body),
        )
        for part, box in parts:
            if box is not None and _seen(part, Box(*box), Box(*box)):
                found.append((part, Box(*box)))
    return tuple(found)


def _seen(part: Part, shown: Box, whole: Box) -> bool:
    if part == "body":
        return shown.height >= LEAST_BODY and shown.width >= LEAST_BODY
    return shown.area >= LEAST_SHOWN * whole.area and shown.height > 0.06


def _paste_figure(
    image: Image.Image, rng: random.Random, size: float, middle: float
) -> list[tuple[Part, Box]]:
    """A whole figure `size` pictures high, cut by the frame; what is seen of it."""
    side = image.size[0]
    scene = replace(
        random_scene(rng), framing="full body", expression=rng.choice(EXPRESSIONS), subject="one"
    )
    pixels = max(16, min(SIDE_PX * 2, round(side * size)))
    drawing = draw(scene, size=pixels, seed=rng.randrange(2**31), transparent=True)
    large = round(side * size)
    layer = drawing.image.convert("RGBa").resize((large, large), Image.Resampling.BILINEAR)
    layer = layer.convert("RGBA")
    left = middle - size / 2
    # Her head is always in the frame, and what is below may be cut.
    top = rng.uniform(-0.12 * size, max(-0.1 * size, 0.75 - 0.45 * size))
    image.paste(layer, (round(left * side), round(top * side)), mask=layer)
    figure = drawing.figures[0]
    found: list[tuple[Part, Box]] = []
    named: tuple[tuple[Part, tuple[float, float, float, float] | None], ...] = (
        ("head", figure.head),
        ("face", figure.face),
        ("body", figure.body),
    )
    for part, box in named:
        if box is None:
            continue
        whole = Box(
            left + box[0] * size, top + box[1] * size, left + box[2] * size, top + box[3] * size
        )
        shown = inside(*whole)
        if _seen(part, shown, whole):
            found.append((part, shown))
    return found


def _paste_head(
    image: Image.Image, rng: random.Random, x: float, y: float, unit: float
) -> list[tuple[Part, Box]]:
    """A head with no body; sizes in shares of the picture."""
    side = image.size[0]
    layer = Image.new("RGBA", image.size)
    canvas = Canvas(layer)
    canvas.place(unit * side, x * side, y * side, rng.uniform(-0.14, 0.14))
    who = random_character(rng)
    heads.draw_hair_behind(canvas, who)
    heads.draw_face(canvas, who, rng.choice(EXPRESSIONS))
    heads.draw_hair_front(canvas, who)
    draw_ornament(canvas, who)
    below = round((y + rng.uniform(1.1, 1.25) * unit) * side)
    if below < side and rng.random() < 0.6:
        # What hangs below the chin is scissored off, as in people's material.
        layer.paste((0, 0, 0, 0), (0, below, side, side))
    image.paste(layer, mask=layer)
    found: list[tuple[Part, Box]] = []
    units: tuple[tuple[Part, tuple[float, float, float, float]], ...] = (
        ("head", HEAD),
        ("face", FACE),
    )
    for part, (left, top, right, bottom) in units:
        whole = Box(x + left * unit, y + top * unit, x + right * unit, y + bottom * unit)
        shown = inside(*whole)
        if _seen(part, shown, whole):
            found.append((part, shown))
    return found


def _small(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB").reduce(SUPERSAMPLING))

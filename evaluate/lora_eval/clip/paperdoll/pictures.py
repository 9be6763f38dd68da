"""The pictures that the tiny CLIP learns from: whole ones, and heads cut out of them."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from PIL import Image

from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.reader.attributes import (
    ATTRIBUTES,
    UNSEEN,
    character_truth,
    word_numbers,
)
from lora_wizard.paperdoll.reader.pictures import Pictures
from lora_wizard.paperdoll.traits import FRAMINGS, random_scene

SIDE_PX = 64
MARGIN = 0.12
"""Of the head's box on every side, in the box's own size, as it is cut out."""


def cut_head(image: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    """A head with a margin, as a square where the picture allows it.

    Args:
        box: left, top, right, bottom in shares of the picture.
    """
    left, top, right, bottom = (edge * size for edge, size in zip(box, image.size * 2, strict=True))
    half = max(right - left, bottom - top) * (0.5 + MARGIN)
    x, y = (left + right) / 2, (top + bottom) / 2
    edges = (max(0, x - half), max(0, y - half), min(image.width, x + half),
             min(image.height, y + half))  # fmt: skip
    first_x, first_y, last_x, last_y = (round(edge) for edge in edges)
    return image.crop((first_x, first_y, max(first_x + 1, last_x), max(first_y + 1, last_y)))


def make_heads(count: int, *, seed: int) -> Pictures:
    """Heads cut out of drawings, number 0 to `count` of a seed; `kind` and place are not told."""
    pixels = np.empty((count, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    truths = []
    for index in range(count):
        rng = random.Random(f"head {seed} {index}")
        scene = random_scene(rng, subject=rng.choice(("one", "one", "one", "head")))
        scene = replace(scene, framing=rng.choice(FRAMINGS[:4]))
        drawing = draw(scene, size=SIDE_PX, seed=rng.randrange(2**31))
        box = drawing.figures[0].head
        assert box is not None  # every framing shows a head
        head = cut_head(drawing.image.convert("RGB"), box)
        pixels[index] = np.asarray(head.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC))
        truth = character_truth(scene.character, scene.expression)
        if scene.framing == "portrait":
            truth.pop("hair_style", None)
        truths.append(truth)
    words = word_numbers(truths)
    words[:, list(ATTRIBUTES).index("kind")] = UNSEEN
    return Pictures(pixels, words)

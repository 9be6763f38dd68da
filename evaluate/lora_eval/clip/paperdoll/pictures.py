"""The pictures that the tiny CLIP learns from: whole ones, and heads cut out of them."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from PIL import Image

from lora_eval.clip.heads import cut_head
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.reader.attributes import (
    ATTRIBUTES,
    UNSEEN,
    character_truth,
    word_numbers,
)
from lora_wizard.paperdoll.reader.pictures import Pictures
from lora_wizard.paperdoll.traits import FRAMINGS, Scene, random_scene

SIDE_PX = 64


def head_of(scene: Scene, rng: random.Random) -> Image.Image:
    """A scene's drawing, its first head cut out and enlarged to 64 px."""
    drawing = draw(scene, size=SIDE_PX, seed=rng.randrange(2**31))
    box = drawing.figures[0].head
    assert box is not None  # every framing shows a head
    head = cut_head(drawing.image.convert("RGB"), box)
    return head.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)


def make_heads(count: int, *, seed: int) -> Pictures:
    """Heads cut out of drawings, number 0 to `count` of a seed; `kind` and place are not told."""
    pixels = np.empty((count, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    truths = []
    for index in range(count):
        rng = random.Random(f"head {seed} {index}")
        scene = random_scene(rng, subject=rng.choice(("one", "one", "one", "head")))
        scene = replace(scene, framing=rng.choice(FRAMINGS[:4]))
        pixels[index] = np.asarray(head_of(scene, rng))
        truth = character_truth(scene.character, scene.expression)
        if scene.framing == "portrait":
            truth.pop("hair_style", None)
        truths.append(truth)
    words = word_numbers(truths)
    words[:, list(ATTRIBUTES).index("kind")] = UNSEEN
    return Pictures(pixels, words)

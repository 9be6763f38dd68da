"""The pictures that the reader learns from, each with its truth, made by number."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, Truth, word_numbers
from lora_wizard.paperdoll.reader.broken import broken
from lora_wizard.paperdoll.reader.figures import (
    empty_scene,
    head_beside_mannequin,
    oddly_placed_figure,
    plain_drawing,
    strangers,
)
from lora_wizard.paperdoll.reader.heads import (
    SIDE_PX,
    faces_filling_the_frame,
    floating_heads,
)

Maker = Callable[[random.Random], tuple[np.ndarray, Truth]]


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures `(n, 64, 64, 3)` uint8 and their word numbers `(n, attributes)` int64."""

    pixels: np.ndarray
    words: np.ndarray

    def __len__(self) -> int:
        return len(self.pixels)


def _broken_picture(rng: random.Random) -> tuple[np.ndarray, Truth]:
    one, other = (plain_drawing(rng, rng.choice(("one", "one", "head")))[0] for _ in range(2))
    return broken(one, other, rng), {"kind": "broken"}


MIXTURE: dict[str, tuple[float, Maker]] = {
    "one": (0.48, partial(plain_drawing, subject="one")),
    "odd figure": (0.11, oddly_placed_figure),
    "head cut-out": (0.05, partial(plain_drawing, subject="head")),
    "floating heads": (0.12, floating_heads),
    "head beside mannequin": (0.01, head_beside_mannequin),
    "face": (0.02, faces_filling_the_frame),
    "multiple views": (0.04, partial(plain_drawing, subject="multiple views")),
    "twins": (0.03, partial(plain_drawing, subject="twins")),
    "strangers": (0.03, strangers),
    "mannequin": (0.03, partial(plain_drawing, subject="mannequin")),
    "empty": (0.02, empty_scene),
    "broken": (0.06, _broken_picture),
}
"""Kinds of pictures by their makers, and the share of each."""


def make_pictures(count: int, *, seed: int, only: str | None = None) -> Pictures:
    """Pictures number 0 to `count` of a seed; always the same.

    Args:
        only: one maker of `MIXTURE` in place of all.
    """
    names = [only] if only else list(MIXTURE)
    shares = [MIXTURE[name][0] for name in names]
    pixels = np.empty((count, SIDE_PX, SIDE_PX, 3), dtype=np.uint8)
    truths = []
    for index in range(count):
        rng = random.Random(f"{seed} {index}")
        pixels[index], truth = MIXTURE[rng.choices(names, shares)[0]][1](rng)
        truths.append(truth)
    return Pictures(pixels, word_numbers(truths))


def words_of(pictures: Pictures, attribute: str) -> np.ndarray:
    """One attribute's word numbers, `(n,)`."""
    column: np.ndarray = pictures.words[:, list(ATTRIBUTES).index(attribute)]
    return column


def plain_truth(truth: Truth, count: int) -> np.ndarray:
    """The same truth for `count` pictures, `(count, attributes)` int64."""
    return word_numbers([truth] * count)

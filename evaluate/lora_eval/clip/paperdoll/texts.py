"""Tags of pictures, and which texts are true of which picture.

A text is made of tags. It is true of a picture where all of its tags are, false where one is
known to be otherwise, and left out of the training where one cannot be seen.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, NO_ORNAMENT, UNSEEN

KIND_TAGS = {
    "whole": "solo",
    "close-up": "face",
    "floating head": "floating head",
    "multiple": "multiple views",
    "no one": "no humans",
    "broken": "broken",
}
"""What a picture shows, in tags; `solo` is one character with some of her body."""


def tag_of(attribute: str, word: str) -> str:
    """The tag of one attribute's word, such as `aqua hair`; empty where there is none to say."""
    if attribute == "kind":
        return KIND_TAGS[word]
    if attribute == "hair_colour":
        return f"{word} hair"
    if attribute == "eye_colour":
        return f"{word} eyes"
    if attribute == "ornament" and word == NO_ORNAMENT:
        return ""
    return word


TAGS: tuple[tuple[str, ...], ...] = tuple(
    tuple(tag_of(attribute, word) for word in words) for attribute, words in ATTRIBUTES.items()
)
"""The tag of each word, in the order of `ATTRIBUTES`."""


def random_text(words: Sequence[int], rng: random.Random) -> tuple[str, np.ndarray]:
    """A text of one to six of a picture's tags.

    Args:
        words: the picture's word numbers, one for each attribute; `UNSEEN` where not seen.

    Returns:
        The text, and the word numbers that it names (`UNSEEN` elsewhere).
    """
    named = np.full(len(TAGS), UNSEEN, dtype=np.int64)
    can = [
        attribute
        for attribute, word in enumerate(words)
        if word != UNSEEN and TAGS[attribute][word]
    ]
    count = min(len(can), rng.choices((1, 2, 3, 4, 6), (50, 20, 12, 10, 8))[0])
    chosen = rng.sample(can, count)
    for attribute in chosen:
        named[attribute] = words[attribute]
    return ", ".join(TAGS[attribute][words[attribute]] for attribute in chosen), named


def truth_table(words: Tensor, named: Tensor) -> tuple[Tensor, Tensor]:
    """Which texts are true of which pictures.

    Args:
        words: `(pictures, attributes)` int64, `UNSEEN` where not seen.
        named: `(texts, attributes)` int64, `UNSEEN` where not named.

    Returns:
        `(pictures, texts)` bool whether true, and whether that can be told.
    """
    said = named[None] != UNSEEN  # (1, texts, attributes)
    seen = words[:, None] != UNSEEN  # (pictures, 1, attributes)
    same = words[:, None] == named[None]
    wrong = (said & seen & ~same).any(dim=-1)
    unsure = (said & ~seen).any(dim=-1) & ~wrong
    true = ~wrong & ~unsure & torch.ones_like(wrong)
    return true, ~unsure

"""Paperdoll's attribute reader as a tagger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL.Image import Image

from lora_eval.evidence import Tags
from lora_wizard.paperdoll.reader.attributes import CLOSED, NO_ORNAMENT
from lora_wizard.paperdoll.reader.reading import SHIPPED_READER, Reader, load_reader, reader_pixels

KIND_TAGS: Mapping[str, str] = {
    "whole": "whole body",
    "multiple": "multiple views",
    "no one": "no humans",
}
"""Kinds of pictures that are called otherwise in tags."""


class PaperdollTagger:
    """Says what a paperdoll picture shows, in the tags of that world.

    The likeliest word of an attribute is said of every picture, be it that the attribute cannot
    be seen: an outfit in a close-up means nothing.
    """

    name = "paperdoll"

    def __init__(self, reader: Reader, version: str) -> None:
        self.reader = reader
        self.version = version

    def tags(self, images: Sequence[Image]) -> list[Tags]:
        """For each picture the probability of every tag among those of its attribute."""
        if not images:
            return []
        pixels = np.stack([reader_pixels(image) for image in images])
        return [Tags(self.name, _confidences(row)) for row in self.reader.read_shares(pixels)]


def open_reader(*, weights: Path | None = None, offline: bool = True) -> PaperdollTagger:
    """The reader that comes along, or one from a file.

    Raises:
        ModelError: there is no reader in the file.
    """
    path = weights or SHIPPED_READER
    reader = load_reader(path)
    return PaperdollTagger(reader, hashlib.sha256(path.read_bytes()).hexdigest()[:16])


def tag_of(attribute: str, word: str) -> str:
    """The tag of one attribute's word, such as `aqua hair`; empty where there is none to say.

    A close-up is both a kind of picture and a framing; the kind is the better read one.
    """
    if attribute == "kind":
        return KIND_TAGS.get(word, word)
    if attribute == "eye_colour":
        return "closed eyes" if word == CLOSED else f"{word} eyes"
    if (attribute, word) in (("ornament", NO_ORNAMENT), ("framing", "close-up")):
        return ""
    return f"{word} hair" if attribute == "hair_colour" else word


def _confidences(shares: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {
        tag: round(share, 5)
        for attribute, words in shares.items()
        for word, share in words.items()
        if (tag := tag_of(attribute, word))
    }

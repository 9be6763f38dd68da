"""Paperdoll's attribute reader as a tagger."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL.Image import Image

from lora_eval.clip.paperdoll.texts import tag_of
from lora_eval.evidence import Tags
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES
from lora_wizard.paperdoll.reader.reading import SHIPPED_READER, Reader, load_reader, reader_pixels


class PaperdollTagger:
    """Says what a paperdoll picture shows, in the tags of that world."""

    name = "paperdoll"

    def __init__(self, reader: Reader, version: str) -> None:
        self.reader = reader
        self.version = version

    def tags(self, images: Sequence[Image]) -> list[Tags]:
        """For each picture the probability of every tag; those of one attribute sum to 1."""
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


def _confidences(shares: dict[str, dict[str, float]]) -> dict[str, float]:
    return {
        tag: round(share, 5)
        for attribute in ATTRIBUTES
        for word, share in shares[attribute].items()
        if (tag := tag_of(attribute, word))
    }

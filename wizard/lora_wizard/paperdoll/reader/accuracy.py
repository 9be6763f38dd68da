"""How well a reader reads, on drawings whose truth is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, KINDS, UNSEEN
from lora_wizard.paperdoll.reader.pictures import Pictures, words_of
from lora_wizard.paperdoll.reader.reading import Reading
from lora_wizard.paperdoll.reader.shares import Share


def accuracy(readings: Sequence[Reading], pictures: Pictures) -> dict[str, Share]:
    """For each attribute the share read rightly among the pictures that show it.

    Besides the attributes: `floating or not`, whether a floating head was told from all else,
    `one or not`, whether exactly one character was, and `broken or not`.
    """
    found = {
        name: _right(readings, words_of(pictures, name), name, words)
        for name, words in ATTRIBUTES.items()
    }
    kinds = words_of(pictures, "kind")
    for label, those in _TOLD_APART.items():
        numbers = [KINDS.index(kind) for kind in those]
        found[label] = Share.of(
            (reading.kind in those) == (kind in numbers)
            for reading, kind in zip(readings, kinds, strict=True)
        )
    return found


def accuracy_by_framing(
    readings: Sequence[Reading], pictures: Pictures, attribute: str
) -> dict[str, Share]:
    """One attribute's accuracy in each framing, over pictures whose framing is known."""
    framings = words_of(pictures, "framing")
    wanted = words_of(pictures, attribute)
    result = {}
    for number, framing in enumerate(ATTRIBUTES["framing"]):
        only = np.where(framings == number, wanted, UNSEEN)
        result[framing] = _right(readings, only, attribute, ATTRIBUTES[attribute])
    return result


def confusions(
    readings: Sequence[Reading], pictures: Pictures, attribute: str
) -> Mapping[str, int]:
    """What was taken for what, such as `blue for aqua`, the most frequent first."""
    words, counts = ATTRIBUTES[attribute], dict[str, int]()
    for reading, number in zip(readings, words_of(pictures, attribute), strict=True):
        read = getattr(reading, attribute)
        if number != UNSEEN and read != words[number]:
            label = f"{words[number]} as {read}"
            counts[label] = counts.get(label, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _right(
    readings: Sequence[Reading], wanted: np.ndarray, attribute: str, words: Sequence[str]
) -> Share:
    return Share.of(
        getattr(reading, attribute) == words[number]
        for reading, number in zip(readings, wanted, strict=True)
        if number != UNSEEN
    )


_TOLD_APART = {
    "floating or not": ("floating head",),
    "one or not": ("whole", "close-up"),
    "broken or not": ("broken",),
}

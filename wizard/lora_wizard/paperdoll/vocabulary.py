"""All tags of the paperdoll world, in groups of which a caption of one figure holds at most one."""

from __future__ import annotations

from lora_wizard.paperdoll.tags import GARMENTS
from lora_wizard.paperdoll.traits import (
    BACKGROUNDS,
    BANGS,
    EXPRESSIONS,
    EYE_COLOURS,
    FRAMINGS,
    HAIR_COLOURS,
    HAIR_STYLES,
    ORNAMENT_COLOURS,
    ORNAMENTS,
    OUTFITS,
    PLAIN_COLOURS,
    POSES,
)

_PLAIN_ORNAMENTS = ("crown", "cat ears", "glasses")

TAG_GROUPS: tuple[tuple[str, ...], ...] = (
    tuple(f"{colour} hair" for colour in HAIR_COLOURS),
    HAIR_STYLES,
    BANGS,
    tuple(f"{colour} eyes" for colour in EYE_COLOURS),
    tuple(
        tag
        for kind in ORNAMENTS
        if kind
        for tag in (
            (kind,)
            if kind in _PLAIN_ORNAMENTS
            else tuple(f"{colour} {kind}" for colour in ORNAMENT_COLOURS)
        )
    ),
    EXPRESSIONS,
    tuple(OUTFITS),
    tuple(
        dict.fromkeys(
            f"{colour} {GARMENTS[kind]}" for kind, colours in OUTFITS.items() for colour in colours
        )
    ),
    POSES,
    FRAMINGS,
    BACKGROUNDS,
    tuple(f"{colour} background" for colour in PLAIN_COLOURS),
    ("1girl", "2girls", "mannequin"),
    ("solo", "multiple views", "twins", "no humans"),
)
_PLACE = {
    tag: (group, number)
    for group, tags in enumerate(TAG_GROUPS)
    for number, tag in enumerate(tags, start=1)
}


def groups_of(caption: str) -> list[int]:
    """For each group the number of the caption's tag in it, from 1; 0 where there is none."""
    found = [0] * len(TAG_GROUPS)
    for tag in caption.split(", "):
        if tag in _PLACE:
            group, number = _PLACE[tag]
            found[group] = number
    return found

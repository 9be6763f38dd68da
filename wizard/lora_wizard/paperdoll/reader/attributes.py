"""What the reader reads: eight attributes, their words, and which of them a drawing shows.

Only what can be seen counts: a close-up has no outfit, closed eyes have no colour, nobody has no
hair. An attribute that is left out of a `Truth` is neither taught nor scored.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lora_wizard.paperdoll.tags import SEEN_IN_CLOSE_UP
from lora_wizard.paperdoll.traits import (
    BACKGROUNDS,
    EYE_COLOURS,
    FRAMINGS,
    HAIR_COLOURS,
    HAIR_STYLES,
    ORNAMENTS,
    OUTFITS,
    Character,
    Scene,
)

KINDS: tuple[str, ...] = ("whole", "close-up", "floating head", "multiple", "no one", "broken")
"""What a picture shows, the first that holds, read from the end:

- `broken`: noise, smears, tears, melted or mixed pictures;
- `no one`: a background, or a mannequin;
- `floating head`: a head (or several) with no body under it where the frame has room for one;
- `multiple`: two or more characters, or one seen several times;
- `close-up`: a face that the frame cuts below, so that no body could be seen;
- `whole`: one character and some of her body, be it only the shoulders.
"""
CLOSED = "closed"
NO_ORNAMENT = "none"

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "kind": KINDS,
    "framing": FRAMINGS,
    "hair_colour": tuple(HAIR_COLOURS),
    "hair_style": HAIR_STYLES,
    "eye_colour": (*EYE_COLOURS, CLOSED),
    "outfit": tuple(OUTFITS),
    "background": BACKGROUNDS,
    "ornament": tuple(kind or NO_ORNAMENT for kind in ORNAMENTS),
}
"""Each attribute and its words, in the order of the network's outputs."""
UNSEEN = -1
"""Stands for an attribute that cannot be seen, in arrays of word numbers."""

Truth = dict[str, str]
"""The word of each attribute that can be seen."""

_CUT_OFF_IN_PORTRAITS = ("hair bun", "short hair", "ponytail", "side ponytail", "twintails")
"""Styles that the frame of a portrait makes alike: buns and tails lie beyond it."""
_BEHIND_ORNAMENTS = ("crown", "hair bow", "cat ears")
"""What hides a bun, so that it cannot be told from short hair."""
HEADDRESS = "maid"
"""The outfit whose headdress hides one, too."""
TAILS = ("twintails", "ponytail", "side ponytail", "drill hair")
"""Styles that reach far to the side."""

_KIND_OF_SUBJECT = {
    "one": "whole",
    "head": "floating head",
    "mannequin": "no one",
    "multiple views": "multiple",
    "twins": "multiple",
}


def scene_truth(scene: Scene) -> Truth:
    """What can be read from a scene that `draw` drew on its background."""
    close = scene.subject == "one" and scene.framing == "close-up"
    truth = {"kind": "close-up" if close else _KIND_OF_SUBJECT[scene.subject]}
    if scene.subject != "mannequin":
        headdress = scene.outfit.kind == HEADDRESS and scene.subject != "head"
        truth |= character_truth(
            scene.character, scene.expression, close_up=close, headdress=headdress
        )
    if scene.subject == "multiple views":
        truth.pop("eye_colour", None)  # each view has an expression of its own
    portrait = scene.subject == "one" and scene.framing == "portrait"
    if portrait and scene.character.hair_style in _CUT_OFF_IN_PORTRAITS:
        truth.pop("hair_style", None)
    if scene.subject != "head" and not close:
        truth["outfit"] = scene.outfit.kind
    if scene.subject == "one":
        truth["framing"] = scene.framing
    if not close and not (scene.seam and scene.subject in ("multiple views", "twins")):
        truth["background"] = scene.background
    return truth


def character_truth(
    character: Character, expression: str, *, close_up: bool = False, headdress: bool = False
) -> Truth:
    """What can be read of a character: hair, eyes and ornament.

    Args:
        headdress: whether her outfit covers the top of her head.
    """
    eyes = CLOSED if expression == "closed eyes" else character.eye_colour
    truth = {"hair_colour": character.hair_colour, "eye_colour": eyes}
    covered = headdress or character.ornament in _BEHIND_ORNAMENTS
    if not close_up and not (covered and character.hair_style in ("hair bun", "short hair")):
        truth["hair_style"] = character.hair_style
    if not close_up or character.ornament in ("", *SEEN_IN_CLOSE_UP):
        truth["ornament"] = character.ornament or NO_ORNAMENT
    return truth


def word_numbers(truths: Sequence[Truth]) -> np.ndarray:
    """`(n, attributes)` int64: each word's place in `ATTRIBUTES`, `UNSEEN` where there is none."""
    rows = [
        [words.index(truth[name]) if name in truth else UNSEEN for name, words in _NAMED]
        for truth in truths
    ]
    return np.asarray(rows, dtype=np.int64).reshape(len(rows), len(_NAMED))


_NAMED = tuple(ATTRIBUTES.items())

"""Choosing a character and outfits by their words, with the nearest spelling where one is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lora_wizard.errors import LoraWizardError, Problem
from lora_wizard.paperdoll.traits import (
    BANGS,
    EYE_COLOURS,
    HAIR_COLOURS,
    HAIR_STYLES,
    ORNAMENT_COLOURS,
    ORNAMENTS,
    OUTFITS,
    Character,
    Outfit,
)

DEMO_NAME = "hoshino mio"
DEMO_CHARACTER = Character(
    hair_colour="aqua",
    hair_style="side ponytail",
    bangs="swept bangs",
    eye_colour="red",
    ornament="crown",
)
DEMO_OUTFITS: tuple[Outfit, ...] = (
    Outfit("school uniform", "blue"),
    Outfit("kimono", "red"),
    Outfit("coat", "brown"),
)
"""Unlike each other in shape and colour: outfits that resemble each other are learned as one."""
NO_ORNAMENT = "none"

CHOICES: dict[str, tuple[str, ...]] = {
    "hair_colour": tuple(HAIR_COLOURS),
    "hair_style": HAIR_STYLES,
    "bangs": BANGS,
    "eye_colour": tuple(EYE_COLOURS),
    "ornament": (NO_ORNAMENT, *filter(None, ORNAMENTS)),
    "ornament_colour": ORNAMENT_COLOURS,
}
"""The words for each trait that can be chosen, by its field in `Character`."""


def choose_character(start: Character, words: Mapping[str, str]) -> Character:
    """`start` with some traits chosen anew.

    Args:
        words: by the trait's name (a key of `CHOICES`); case and underscores do not matter.

    Raises:
        LoraWizardError: every word that is not in the vocabulary, with the nearest that is.
    """
    problems = []
    chosen: dict[str, Any] = {}  # `replace` checks names, not types
    for trait, word in words.items():
        found = _plain(word)
        if found not in CHOICES[trait]:
            problems.append(_unknown(trait.replace("_", " "), word, CHOICES[trait]))
        chosen[trait] = "" if trait == "ornament" and found == NO_ORNAMENT else found
    if problems:
        raise LoraWizardError("This character cannot be drawn:", problems=problems)
    return replace(start, **chosen)


def choose_outfits(texts: Sequence[str]) -> tuple[Outfit, ...]:
    """Outfits written as `KIND` or `KIND:COLOUR`, such as `kimono:red`; the colour may be left out.

    Raises:
        LoraWizardError: every unknown kind, and every colour that its kind is not made in.
    """
    outfits, problems = [], []
    for text in texts:
        kind, _, colour = (_plain(part) for part in text.partition(":"))
        if kind not in OUTFITS:
            problems.append(_unknown("outfit", kind, OUTFITS))
        elif colour and colour not in OUTFITS[kind]:
            problems.append(_unknown(f"colour of a {kind}", colour, OUTFITS[kind]))
        else:
            outfits.append(Outfit(kind, colour or OUTFITS[kind][0]))
    if problems:
        raise LoraWizardError("These outfits cannot be drawn:", problems=problems)
    return tuple(outfits)


def check_name(name: str) -> str:
    """The name as it may stand in a folder's name: `hoshino mio` becomes `hoshino_mio`.

    Raises:
        LoraWizardError: a character that a folder's name or a caption cannot hold.
    """
    joined = re.sub(r"\s+", "_", name.strip())
    if not re.fullmatch(r"\w[\w-]*", joined):
        raise LoraWizardError(
            "a name is made of letters, digits, blanks, - and _",
            where=f"name {name!r}",
            fix=f'Choose another, such as "{DEMO_NAME}".',
        )
    return joined


def check_trigger(trigger: str) -> str:
    """The trigger, stripped.

    Raises:
        LoraWizardError: it is empty, or would fall apart in a caption.
    """
    plain = trigger.strip()
    if not plain or "," in plain or "\n" in plain:
        raise LoraWizardError(
            "a trigger is one tag: not empty, without commas",
            where=f"trigger {trigger!r}",
            fix=f'Choose another, such as "{DEMO_NAME}".',
        )
    return plain


def _plain(word: str) -> str:
    return word.strip().lower().replace("_", " ")


def _unknown(what: str, word: str, known: Collection[str]) -> Problem:
    near = difflib.get_close_matches(_plain(word), list(known), n=1, cutoff=0.5)
    meant = f'Did you mean "{near[0]}"? ' if near else ""
    return Problem(what, f'there is no "{word.strip()}"', f"{meant}Known: {', '.join(known)}.")

"""What a prompt asks for, read from its words: for pictures that no suite describes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from lora_eval.suite.model import Asked, Framing
from lora_eval.vocabulary import BACKGROUNDS, FRAMINGS, OUTFITS
from lora_wizard.models.prompt import parse_prompt

_PEOPLE = re.compile(r"([1-9])\+?(girl|boy|other)s?")
_SEVERAL = {"multiple girls": 2, "multiple boys": 2, "twins": 2, "couple": 2}
_MOST_PEOPLE = 9


def asked_of(prompt: str) -> Asked:
    """Outfit, place, framing and number of people that a prompt's tags name.

    The first tag of each kind counts; a tag may have words before it (`red kimono`).

    Args:
        prompt: in A1111's syntax.

    Raises:
        LoraWizardError: a `<lora:...>` that cannot be read.
    """
    words = re.split(r"[,\n]", parse_prompt(prompt).text)
    tags = [part.strip().lower().replace("_", " ") for part in words]
    return Asked(
        outfit=_first(tags, OUTFITS),
        background=_first(tags, BACKGROUNDS),
        framing=cast(Framing, _first(tags, FRAMINGS)),
        subjects=_people(tags),
        closed_eyes="closed eyes" in tags,
    )


def _people(tags: Sequence[str]) -> int:
    """`2girls, 1boy` are three; a prompt that says nothing means one."""
    if "no humans" in tags:
        return 0
    counted = [int(match[1]) for tag in dict.fromkeys(tags) if (match := _PEOPLE.fullmatch(tag))]
    several = max((_SEVERAL.get(tag, 0) for tag in tags), default=0)
    return min(max(sum(counted), several, 1), _MOST_PEOPLE)


def _first(tags: Sequence[str], known: Sequence[str]) -> str:
    """A tag itself where it is known, else a known word at a tag's end, the longest."""
    for tag in tags:
        if tag in known:
            return tag
    for tag in tags:
        ends = [word for word in known if tag.endswith(f" {word}")]
        if ends:
            return max(ends, key=len)
    return ""

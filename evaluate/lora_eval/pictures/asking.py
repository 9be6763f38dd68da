"""What a prompt asks for, read from its words: for pictures that no suite describes."""

from __future__ import annotations

from lora_eval.suite.model import Asked
from lora_eval.vocabulary import BACKGROUNDS, FRAMINGS, OUTFITS, SUBJECTS
from lora_wizard.models.prompt import parse_prompt


def asked_of(prompt: str) -> Asked:
    """Outfit, place, framing and number of people that a prompt's tags name.

    The first tag of each kind counts; a tag may have words around it (`red kimono`).

    Args:
        prompt: in A1111's syntax.
    """
    tags = [part.strip().lower().replace("_", " ") for part in parse_prompt(prompt).text.split(",")]
    people = [SUBJECTS[tag] for tag in tags if tag in SUBJECTS]
    return Asked(
        outfit=_first(tags, OUTFITS),
        background=_first(tags, BACKGROUNDS),
        framing=_first(tags, FRAMINGS),  # type: ignore[arg-type]
        subjects=max(people, default=1),
        closed_eyes="closed eyes" in tags,
    )


def _first(tags: list[str], known: tuple[str, ...]) -> str:
    """A tag itself where it is known, else a known word at a tag's end, the longest."""
    for tag in tags:
        if tag in known:
            return tag
    for tag in tags:
        ends = [word for word in known if tag.endswith(f" {word}")]
        if ends:
            return max(ends, key=len)
    return ""

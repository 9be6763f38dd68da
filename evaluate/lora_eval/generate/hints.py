"""What LoRA files and captions tell of their character, for where the user says nothing. Pure.

Source: `ss_tag_frequency`, which every kohya-format trainer writes: folder, then tag, then the
number of pictures. Folders of regularisation pictures stand there too; they show other people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lora_wizard.parsing import ParseError, parse_json

TagCounts = Mapping[str, Mapping[str, int]]
"""By folder and tag, in the order of first appearance."""

DOMINANT = 0.2
"""An outfit is a training outfit from this share of her pictures on: what is worn once among
fifty is not learned as hers."""
GENERAL = frozenset({
    "1girl", "1boy", "solo", "girl", "boy", "woman", "no humans", "mannequin",
    "looking at viewer", "smile", "close-up", "portrait", "upper body", "full body", "standing",
    "simple background", "white background", "transparent background",
    "masterpiece", "best quality", "highres",
})  # fmt: skip
"""Tags that every picture may have: none of them calls a character."""
_REPEATS = re.compile(r"\d+_(.+)")


@dataclass(frozen=True, slots=True)
class Hints:
    """What is told. Empty where nothing is."""

    trigger: str = ""
    outfit_triggers: tuple[str, ...] = ()
    common_tags: frozenset[str] = frozenset()
    """Tags of at least `DOMINANT` of her pictures."""


def hints_of(counts: TagCounts) -> Hints:
    """The trigger is the one of the folder with the most pictures; others' are outfits'."""
    pictures = {folder: max(tags.values()) for folder, tags in counts.items() if tags}
    if not pictures:
        return Hints()
    triggers = {folder: _trigger(folder, counts[folder]) for folder in pictures}
    named = [folder for folder in pictures if triggers[folder]]
    # Folders are in no order that means anything: of two equally full ones the first name counts.
    main = min(named, key=lambda folder: (-pictures[folder], folder), default="")
    trigger = triggers.get(main, "")
    others = dict.fromkeys(triggers[folder] for folder in sorted(named))
    total = sum(pictures.values())
    sums: Counter[str] = Counter()
    for folder in pictures:
        sums.update(counts[folder])
    common = frozenset(tag for tag, count in sums.items() if count >= DOMINANT * total)
    return Hints(trigger, tuple(each for each in others if each != trigger), common)


def counts_in_metadata(facts: Mapping[str, str]) -> TagCounts:
    """Tags by folder out of a LoRA's header, regularisation left out. Empty where none are told."""
    regularisation = _object(facts.get("ss_reg_dataset_dirs", ""))
    found: dict[str, dict[str, int]] = {}
    for folder, tags in _object(facts.get("ss_tag_frequency", "")).items():
        if folder not in regularisation and isinstance(tags, dict):
            whole = {str(tag).strip(): n for tag, n in tags.items() if type(n) is int and n > 0}
            found[folder] = {tag: count for tag, count in whole.items() if tag}
    return {folder: tags for folder, tags in found.items() if tags}


def counts_in_captions(captions: Mapping[str, Iterable[Sequence[str]]]) -> TagCounts:
    """The same of captions: by folder, each picture's tags."""
    counted = {
        folder: dict(Counter(tag for tags in pictures for tag in dict.fromkeys(tags)))
        for folder, pictures in captions.items()
    }
    return {folder: tags for folder, tags in counted.items() if tags}


def _trigger(folder: str, tags: Mapping[str, int]) -> str:
    """The class word of the folder's name where captions have it, else the commonest first tag."""
    commonest = [tag for tag, count in tags.items() if count == max(tags.values())]
    match = _REPEATS.fullmatch(folder)
    class_word = match[1].replace("_", " ").strip().lower() if match else ""
    for tag in commonest:
        if tag.lower().replace("_", " ") == class_word and tag.lower() not in GENERAL:
            return tag
    # Captions begin with the trigger, and tags are counted in the order of their appearance.
    return "" if commonest[0].lower() in GENERAL else commonest[0]


def _object(text: str) -> dict[str, Any]:
    try:
        found: Any = parse_json(text or "{}")
    except ParseError:
        return {}
    return found if isinstance(found, dict) else {}

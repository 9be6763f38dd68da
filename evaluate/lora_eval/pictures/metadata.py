"""What the metadata of another program's picture says, whichever program wrote it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lora_wizard.models.lora_calls import LoraCall

LARGEST_SEED = 2**64 - 1
_LORA_KEY = re.compile(r"lora|lyco|locon|loha|lokr", re.IGNORECASE)
_LORA_WORD = re.compile(r"(?<![A-Za-z])(?i:lora|lyco|locon|loha|lokr)|LoRA|Lora|Lyco|LyCO")
"""In running text: neither `flora` nor `exploration`."""
_ENDING = re.compile(r"\.(?:safetensors|ckpt|pth?|bin|sft)\s*$", re.IGNORECASE)
_SIZE = re.compile(r"\D?(\d{1,6})\s*[x×,]\s*(\d{1,6})\D?")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one picture says of itself."""

    prompt: str = ""
    """Without LoRA calls."""
    negative: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    """By A1111's names, such as `Seed`, `CFG scale`, `Size` and `Model`."""
    loras: tuple[LoraCall, ...] = ()
    """Those that took part, by names without folder separators of Windows and without ending."""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """Of LoRA files, by their names."""
    unclear: tuple[str, ...] = ()
    """Why it is not known which LoRAs took part, or whether further ones did."""
    strength_unknown: bool = False
    """Whether the LoRAs are named without strengths; 1 is assumed."""
    hints: tuple[str, ...] = ()
    """Sentences about names that are not written as their program expects."""
    has_text: bool = True
    """Whether there is a prompt at all."""

    @property
    def seed(self) -> int | None:
        """The seed, where there is one that is a whole number of at most 64 bits."""
        return whole(self.settings.get("Seed", ""))

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels."""
        return size_of(self.settings.get("Size", ""))


NOTHING = Metadata(has_text=False)


def whole(text: str) -> int | None:
    """The whole number that a text writes, of at most 64 bits; else None."""
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(LARGEST_SEED))):
        return None
    number = int(text)
    return number if abs(number) <= LARGEST_SEED else None


def size_of(text: str) -> tuple[int, int] | None:
    """Width and height out of `512x768`, `(512, 768)` and the like."""
    match = _SIZE.fullmatch(text.strip()) if text.isascii() or "×" in text else None
    return (int(match[1]), int(match[2])) if match else None


def mentions_lora(text: str) -> bool:
    """Whether a text that cannot be read otherwise says that a LoRA may be involved."""
    return _LORA_WORD.search(text) is not None


def is_about_loras(key: str) -> bool:
    """Whether the name of a setting or of a node is about LoRAs."""
    return _LORA_KEY.search(key) is not None


def plain_name(name: str) -> str:
    """A LoRA's name without its file's ending and blanks at the ends, folders with `/`."""
    return _ENDING.sub("", name.replace("\\", "/").strip().removeprefix("./")).strip()


def merged(found: Sequence[Metadata]) -> Metadata:
    """One picture's metadata out of several texts; of two that say something the first counts."""
    if not found:
        return NOTHING
    told = next((each for each in found if each.has_text), found[0])
    named = next((each for each in found if each.loras), told)
    return Metadata(
        told.prompt,
        told.negative,
        {**named.settings, **told.settings},
        named.loras,
        {**told.hashes, **named.hashes},
        tuple(dict.fromkeys(why for each in found for why in each.unclear)),
        named.strength_unknown,
        tuple(dict.fromkeys(hint for each in found for hint in each.hints)),
        any(each.has_text for each in found),
    )

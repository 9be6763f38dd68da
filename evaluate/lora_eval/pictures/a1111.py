"""The text that A1111's web UI and its kin write into a picture: read back into its parts.

Format: the prompt's lines; a line that begins with `Negative prompt:`, and further lines of it;
a last line of `Key: value` pairs, values with commas or quotes written as JSON texts. Any part may
be missing. The format does not escape the prompt: one that holds a line `Negative prompt: ...`
itself cannot be told apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lora_eval.pictures.metadata import size_of, whole

NEGATIVE = "Negative prompt:"
_FIRST = "Steps:"
_LEAST_PAIRS = 3
"""A last line with fewer pairs belongs to the prompt, unless it begins with the steps."""
_QUOTED = re.compile(r'"(?:\\.|[^\\"])*"')
_JSON = ('[{"', '{"', "[]", "{}")
_STRAY = re.compile(r"[^:,]*,")
_HASH = re.compile(r"\s*(.+?):\s*([0-9a-fA-Fx]{4,70})\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class GenerationText:
    """What a picture's text says."""

    prompt: str
    """As written, LoRA calls included."""
    negative: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Such as `Seed` and `CFG scale`, quotes taken off."""

    @property
    def seed(self) -> int | None:
        """The seed, where there is one."""
        return whole(self.settings.get("Seed", ""))

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels."""
        return size_of(self.settings.get("Size", ""))

    @property
    def lora_hashes(self) -> Mapping[str, str]:
        """Hashes by the names of the LoRAs that took part."""
        return hashes_of(self.settings.get("Lora hashes", ""))


def hashes_of(text: str) -> dict[str, str]:
    """Hashes by names out of `NAME: HASH, NAME: HASH`; names may hold commas and colons."""
    return {match[1].strip(): match[2] for match in _HASH.finditer(text)}


def parse_generation(text: str) -> GenerationText:
    """Takes a generation text apart. Anything is a text: at worst all of it is the prompt."""
    lines = [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    last = next((n for n in reversed(range(len(lines))) if lines[n].strip()), 0)
    settings = _settings(lines[last].strip(), alone=last == 0)
    if settings:
        lines = lines[:last]
    at = next((n for n, line in enumerate(lines) if line.lstrip().startswith(NEGATIVE)), len(lines))
    negative = "\n".join(lines[at:]).lstrip().removeprefix(NEGATIVE).removeprefix(" ")
    return GenerationText("\n".join(lines[:at]), negative, settings)


def _settings(line: str, *, alone: bool) -> dict[str, str]:
    """The pairs of a text's last line; empty where it belongs to the prompt.

    Args:
        alone: whether it is the only line.
    """
    begins_so = line.startswith(_FIRST)
    if alone and not begins_so:
        return {}
    pairs = list(_pairs(line))
    is_settings = len(pairs) >= _LEAST_PAIRS or (begins_so and whole(pairs[0][1]) is not None)
    return dict(pairs) if is_settings else {}


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    """`Key: value` pairs from left to right; what is none (a stray word) is passed over."""
    at = 0
    while at < len(line):
        if stray := _STRAY.match(line, at):
            at = stray.end()
            continue
        end_of_key = line.find(":", at)
        if end_of_key < 0:
            return
        key = line[at:end_of_key].strip()
        value, at = _value(line, end_of_key + 1)
        if key:
            yield key, value


def _value(line: str, at: int) -> tuple[str, int]:
    """The value that begins at a position, and the position behind its comma."""
    while line.startswith(" ", at):
        at += 1
    if line.startswith(_JSON, at) and (end := _end_of_json(line, at)):
        comma = line.find(",", end)
        return line[at:end], len(line) if comma < 0 else comma + 1
    quoted = _QUOTED.match(line, at)  # a quote that never closes is a character like any other
    comma = line.find(",", quoted.end() if quoted else at)
    end = len(line) if comma < 0 else comma
    return (_unquoted(quoted[0]) if quoted else line[at:end].strip()), end + 1


def _end_of_json(line: str, at: int) -> int:
    """Where a JSON value without quotes ends, as Civitai writes it; 0 for none."""
    try:
        return json.JSONDecoder(strict=False).raw_decode(line, at)[1]
    except (ValueError, RecursionError):
        return 0


def _unquoted(text: str) -> str:
    """The text in quotes; as it stands between them where it is not a JSON text."""
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]

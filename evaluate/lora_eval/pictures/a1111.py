"""The text that A1111's web UI and its kin write into a picture: read back into its parts.

Format: the prompt's lines; a line that begins with `Negative prompt: `, and further lines of it;
a last line of `Key: value` pairs, values with commas or quotes written as JSON texts. The format
does not escape the prompt: one that holds a line `Negative prompt: ...` itself cannot be told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from PIL.Image import Image

NEGATIVE = "Negative prompt: "
_FIRST = "Steps: "
_LEAST_PAIRS = 3
"""A last line with fewer pairs belongs to the prompt, as other readers take it."""
_EXIF, _USER_COMMENT = 0x8769, 0x9286
_ENCODINGS = {b"UNICODE\0": "utf-16-be", b"ASCII\0\0\0": "utf-8"}
"""How EXIF's user comment says what it is written in; programs write UTF-16 with the high byte
first."""


@dataclass(frozen=True, slots=True)
class GenerationText:
    """What a picture's text says."""

    prompt: str
    negative: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Such as `Seed` and `CFG scale`, quotes taken off."""

    @property
    def seed(self) -> int | None:
        """The seed, where there is one."""
        text = self.settings.get("Seed", "")
        return int(text) if text.isascii() and text.removeprefix("-").isdigit() else None

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels."""
        width, _, height = self.settings.get("Size", "").partition("x")
        whole = width.isascii() and height.isascii() and width.isdigit() and height.isdigit()
        return (int(width), int(height)) if whole else None

    @property
    def lora_hashes(self) -> Mapping[str, str]:
        """Hashes by the names of the LoRAs that took part."""
        parts = [part.rpartition(":") for part in self.settings.get("Lora hashes", "").split(",")]
        return {name.strip(): value.strip() for name, _, value in parts if name.strip()}


def text_of(image: Image) -> str:
    """The text inside a picture: of the PNG chunk `parameters`, or of EXIF's user comment.

    Empty where there is none (ComfyUI writes a graph instead, which is not read).
    """
    found = image.info.get("parameters")
    if isinstance(found, str):
        return found
    comment = image.getexif().get_ifd(_EXIF).get(_USER_COMMENT, b"")
    if not isinstance(comment, bytes):
        return comment if isinstance(comment, str) else ""
    encoding = _ENCODINGS.get(comment[:8])
    return comment[8:].decode(encoding, errors="replace").rstrip("\0") if encoding else ""


def parse_generation(text: str) -> GenerationText:
    """Takes a generation text apart. Anything is a text: at worst all of it is the prompt."""
    lines = text.rstrip("\n").split("\n")
    settings: dict[str, str] = {}
    if len(lines) > 1 or lines[0].startswith(_FIRST):
        pairs = list(_pairs(lines[-1]))
        if len(pairs) >= _LEAST_PAIRS:
            settings = dict(pairs)
            lines = lines[:-1]
    at = next((n for n, line in enumerate(lines) if line.startswith(NEGATIVE)), len(lines))
    negative = "\n".join(lines[at:]).removeprefix(NEGATIVE)
    return GenerationText("\n".join(lines[:at]), negative, settings)


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    """`Key: value` pairs from left to right; what is none (a stray word) is passed over."""
    at = 0
    while at < len(line):
        end_of_key, comma = line.find(":", at), line.find(",", at)
        if end_of_key < 0:
            return
        if 0 <= comma < end_of_key:
            at = comma + 1
            continue
        key = line[at:end_of_key].strip()
        value, at = _value(line, end_of_key + 1)
        if key:
            yield key, value


def _value(line: str, at: int) -> tuple[str, int]:
    """The value that begins at a position, and the position behind its comma."""
    start = at + len(line[at:]) - len(line[at:].lstrip(" "))
    if line.startswith('"', start):
        try:
            value, end = json.JSONDecoder(strict=False).raw_decode(line, start)
        except ValueError:  # a quote that never closes is a character like any other
            pass
        else:
            comma = line.find(",", end)
            return str(value), len(line) if comma < 0 else comma + 1
    comma = line.find(",", start)
    end = len(line) if comma < 0 else comma
    return line[start:end].strip(), end + 1

"""The text that A1111's web UI and its kin write into a PNG: read back into its parts.

Format: the prompt's lines; a line that begins with `Negative prompt: ` and further lines of it; a
last line of `Key: value` pairs, values with commas or quotes in JSON quotes.
Source: `modules/infotext_utils.py` of stable-diffusion-webui.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL.Image import Image

NEGATIVE = "Negative prompt: "
_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_LEAST_PAIRS = 3
"""A last line with fewer pairs belongs to the prompt, as in A1111."""
_SIZE = re.compile(r"(\d+)x(\d+)")


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
        return int(text) if text.lstrip("-").isdigit() else None

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels."""
        match = _SIZE.fullmatch(self.settings.get("Size", ""))
        return (int(match[1]), int(match[2])) if match else None

    @property
    def lora_hashes(self) -> Mapping[str, str]:
        """Hashes by the names of the LoRAs that took part."""
        parts = [part.partition(":") for part in self.settings.get("Lora hashes", "").split(",")]
        return {name.strip(): value.strip() for name, _, value in parts if name.strip()}


def text_of(image: Image) -> str:
    """The text inside a picture: of the PNG chunk `parameters`, or of EXIF's user comment.

    Empty where there is none (ComfyUI writes a graph instead, which is not read).
    """
    found = image.info.get("parameters")
    return found if isinstance(found, str) else ""


def parse_generation(text: str) -> GenerationText:
    """Takes a generation text apart. Anything is a text: at worst all of it is the prompt."""
    lines = text.strip("\n").split("\n")
    settings: dict[str, str] = {}
    if len(lines) > 1 or _looks_like_settings(lines[0]):
        pairs = _PAIR.findall(lines[-1])
        if len(pairs) >= _LEAST_PAIRS:
            settings = {key.strip(): _unquoted(value) for key, value in pairs}
            lines = lines[:-1]
    prompt: list[str] = []
    negative: list[str] = []
    current = prompt
    for line in lines:
        if line.startswith(NEGATIVE):
            current = negative
            line = line.removeprefix(NEGATIVE)
        current.append(line)
    return GenerationText("\n".join(prompt), "\n".join(negative), settings)


def _looks_like_settings(line: str) -> bool:
    return line.startswith("Steps: ")


def _unquoted(value: str) -> str:
    text = value.strip()
    if not text.startswith('"'):
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text.strip('"')

"""What a LoRA is called where nobody says it: after its folder, as `lora-wizard train` does."""

from __future__ import annotations

import re

from lora_wizard.recipe.watching import LONGEST_NAME


def name_from_folder(folder: str) -> str:
    """A file name from the last part of a path, without a leading `10_`."""
    last = re.split(r"[/\\]", folder.rstrip("/\\"))[-1]
    name = re.sub(r"^\d+_", "", last)
    plain = re.sub(r"[^\w.-]+", "_", name).strip("._")
    while len(plain.encode("utf-8", "replace")) > LONGEST_NAME:
        plain = plain[:-1]
    return plain.strip("._") or "lora"

"""What a base model's file is, told from its head alone: no weights are read, no torch is needed.

Refuses to judge whether the file is sound: that is done when the model loads.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lora_wizard.questions import EMBEDDED, Family

_CONTEXT_WIDTHS: dict[int, Family] = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
"""Width of the text states that each family's U-Net reads."""
_LONGEST_HEAD = 100_000_000
"""Bytes; a safetensors file that claims a longer head is none."""


def look_at_base(base: str) -> Family | None:
    """The family of a base: the embedded one, a diffusers folder or a safetensors file.

    None where it cannot be told so quickly, as with a `.ckpt`, or nothing is there.
    """
    if base == EMBEDDED:
        return "paperdoll"
    path = Path(base).expanduser()
    try:
        width = _folder_width(path) if path.is_dir() else _file_width(path)
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    return _CONTEXT_WIDTHS.get(width) if isinstance(width, int) else None


def _folder_width(path: Path) -> Any:
    text = (path / "unet" / "config.json").read_text(encoding="utf-8")
    return json.loads(text).get("cross_attention_dim")


def _file_width(path: Path) -> Any:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length <= _LONGEST_HEAD:
            return None
        head = json.loads(file.read(length))
    for name, tensor in head.items():
        if name.endswith("attn2.to_k.weight") and not name.startswith("lora"):
            return tensor["shape"][-1]
    return None

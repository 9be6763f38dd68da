"""What a base model's file is, told from its head alone: no weights are read, no torch is needed.

Refuses to judge whether the file is sound: that is done when the model loads.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from lora_wizard.files import read_regular
from lora_wizard.parsing import parse_json
from lora_wizard.questions import EMBEDDED, Family

_CONTEXT_WIDTHS: dict[int, Family] = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
"""Width of the text states that each family's U-Net reads."""
_LONGEST_HEAD = 20_000_000
"""Bytes. Heads of base models have at most 1 MB; a longer one would take seconds to read."""
_UNET = b"model.diffusion_model."
_TEXT_ENCODERS: dict[bytes, Family] = {
    b"conditioner.embedders.1.model.": "sdxl",
    b"cond_stage_model.model.": "sd2",
    b"cond_stage_model.transformer.": "sd1",
}
"""How names in a `.ckpt` begin that only one family has."""


def look_at_base(base: str) -> Family | None:
    """The family of a base: the embedded one, a diffusers folder or a checkpoint file.

    None where it cannot be told so quickly, as with a `.ckpt` of before 2021, or nothing is there.
    """
    if base == EMBEDDED:
        return "paperdoll"
    path = Path(base).expanduser()
    try:
        if path.is_dir():
            width = _folder_width(path)
        elif not path.is_file():  # a pipe would be waited for
            return None
        elif zipfile.is_zipfile(path):
            return _pickle_family(path)
        else:
            width = _file_width(path)
    except Exception:  # the file decides what goes wrong; it is judged when the model loads
        return None
    return _CONTEXT_WIDTHS.get(width) if isinstance(width, int) else None


def _folder_width(path: Path) -> Any:
    text = read_regular(path / "unet" / "config.json", most=_LONGEST_HEAD)
    return parse_json(text, nan=True).get("cross_attention_dim")


def _pickle_family(path: Path) -> Family | None:
    """By the names in a `.ckpt`'s directory of tensors, which is read as bytes and never opened."""
    with zipfile.ZipFile(path) as archive:
        name = next((one for one in archive.namelist() if one.endswith("/data.pkl")), None)
        if name is None or archive.getinfo(name).file_size > _LONGEST_HEAD:
            return None
        content = archive.read(name)
    if _UNET not in content:
        return None
    return next((family for mark, family in _TEXT_ENCODERS.items() if mark in content), None)


def _file_width(path: Path) -> Any:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length <= _LONGEST_HEAD:
            return None
        head = parse_json(file.read(length))
    for name, tensor in head.items():
        if name.endswith("attn2.to_k.weight") and not name.startswith("lora"):
            return tensor["shape"][-1]
    return None

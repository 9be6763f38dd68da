"""What lies at a path that was typed, told from a few bytes: nothing is loaded.

The check of a question runs at each key, so a header is read once and remembered while its file
stays the same.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from lora_wizard.dataset.listing import repeats_and_name
from lora_wizard.dataset.opening import extensions
from lora_wizard.models.foreign import foreign_kind
from lora_wizard.parsing import ParseError, parse_json

_LONGEST_HEAD = 20_000_000
"""Bytes; SDXL's are below a million. A longer one is left for the loader to judge."""
_ARCHIVE, _PICKLE = b"PK", b"\x80"
"""How `.ckpt` and `.pt` files begin, new and old."""
_LORA = "a LoRA"


def wrong_base(path: Path) -> str:
    """Why a file or folder cannot be the base model, in words that follow "it is"; or empty."""
    if path.is_dir():
        there = (path / "model_index.json").is_file() or (path / "unet").is_dir()
        return "" if there else "a folder without model_index.json, so not a diffusers model"
    return _kind(path)


def wrong_lora(path: Path) -> str:
    """Why a file cannot be a LoRA to go on from, in words that follow "it is"; or empty."""
    kind = _kind(path)
    if kind.startswith(_LORA) or _begins(path).startswith((_ARCHIVE, _PICKLE)):
        return ""
    return kind or ("a base model, not a LoRA" if _begins(path) else "")


def wrong_vae(path: Path) -> str:
    """The same for another VAE: a LoRA is none."""
    kind = "" if path.is_dir() else _kind(path)
    return kind if kind.startswith(_LORA) else ""


def holds_pictures(path: Path) -> bool:
    """Whether a folder, or one of its `N_name` folders, holds a picture; True where unknown."""
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                is_folder = entry.is_dir()
                if not is_folder and _is_picture(entry.name):
                    return True
                if is_folder and repeats_and_name(entry.name) is not None and _any(entry.path):
                    return True
    except OSError:
        return True
    return False


def _any(folder: str) -> bool:
    with os.scandir(folder) as entries:
        return any(_is_picture(entry.name) for entry in entries)


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in extensions()


def _begins(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(9)
    except OSError:
        return b""


def _kind(path: Path) -> str:
    """What a file is where it is no Stable Diffusion base; empty for one, or where unreadable."""
    try:
        found = path.stat()
    except OSError:
        return ""
    if not path.is_file():
        return ""
    return _read_kind(str(path), found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=64)
def _read_kind(path: str, size: int, changed_ns: int) -> str:
    start = _begins(Path(path))
    if start.startswith((_ARCHIVE, _PICKLE)):
        return ""
    if size == 0:
        return "an empty file"
    length = int.from_bytes(start[:8], "little")
    if start[8:9] != b"{":
        return "not a checkpoint file"
    if 8 + length > size:
        return "cut short: its header is longer than the file"
    if length > _LONGEST_HEAD:
        return ""
    try:
        with open(path, "rb") as file:
            file.seek(8)
            head = parse_json(file.read(length))
        shapes = {
            name: tuple(tensor["shape"]) for name, tensor in head.items() if name != "__metadata__"
        }
        return foreign_kind(shapes)
    except OSError:
        return ""
    except (ParseError, AttributeError, KeyError, TypeError, IndexError):
        return "damaged: its header cannot be read"

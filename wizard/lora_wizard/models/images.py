"""Writing sampled pictures: numbered PNG files that tell how they were made.

The text goes into the PNG chunk `parameters` in the form of A1111's web UI, so that its
"PNG info" tab and every tool that reads it understands our pictures. A file is written whole or
not at all, and never over another one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

_NUMBER = re.compile(r"(\d{5,})\b.*\.png", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Generation:
    """How a picture was made."""

    prompt: str
    negative: str
    seed: int
    steps: int
    sampler: str
    """As A1111 calls it, such as `DDIM`."""
    guidance: float
    width: int
    height: int
    model: str
    clip_skip: int = 1
    loras: tuple[tuple[str, str], ...] = ()
    """Name and hash of each LoRA that took part."""


def generation_text(made: Generation) -> str:
    """The text that A1111 writes below a picture."""
    settings = {
        "Steps": str(made.steps),
        "Sampler": made.sampler,
        "CFG scale": f"{made.guidance:g}",
        "Seed": str(made.seed),
        "Size": f"{made.width}x{made.height}",
        "Model": _quoted(made.model),
    }
    if made.clip_skip > 1:
        settings["Clip skip"] = str(made.clip_skip)
    if made.loras:
        hashes = ", ".join(f"{name}: {hash_}" for name, hash_ in made.loras)
        settings["Lora hashes"] = f'"{hashes}"'
    lines = [made.prompt]
    if made.negative:
        lines.append(f"Negative prompt: {made.negative}")
    lines.append(", ".join(f"{key}: {value}" for key, value in settings.items()))
    return "\n".join(lines)


def save_numbered(folder: Path, image: Image.Image, made: Generation) -> Path:
    """Save under the next free number as `00012-seed7.png`, and return the path.

    Raises:
        OSError: the folder cannot be written to, or the disk is full; nothing is left behind.
    """
    information = PngInfo()
    information.add_text("parameters", generation_text(made))
    return _save(folder, image, f"-seed{made.seed}", information)


def save_sheet(folder: Path, image: Image.Image) -> Path:
    """Save a contact sheet under the next free number as `00012-sheet.png`."""
    return _save(folder, image, "-sheet", PngInfo())


def picture_files(folder: Path) -> Sequence[Path]:
    """The numbered pictures in a folder, in order of their numbers."""
    found = [(int(match[1]), path) for path in folder.iterdir() if (match := _match(path))]
    return [path for _, path in sorted(found)]


def _save(folder: Path, image: Image.Image, ending: str, information: PngInfo) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    last = max((int(match[1]) for path in folder.iterdir() if (match := _match(path))), default=0)
    unfinished = folder / f".unfinished-{os.getpid()}.png"
    try:
        with unfinished.open("wb") as file:
            image.save(file, format="PNG", pnginfo=information)
            file.flush()
            os.fsync(file.fileno())
        return _give_number(unfinished, folder, last + 1, ending)
    finally:
        unfinished.unlink(missing_ok=True)


def _give_number(unfinished: Path, folder: Path, number: int, ending: str) -> Path:
    """Name the finished file; go on counting while another process takes the numbers first."""
    while True:
        path = folder / f"{number:05d}{ending}.png"
        try:
            os.link(unfinished, path)  # unlike a rename, this never replaces a file
            return path
        except FileExistsError:
            number += 1
        except OSError:  # a file system without hard links
            if not path.exists():
                return unfinished.rename(path)
            number += 1


def _match(path: Path) -> re.Match[str] | None:
    return _NUMBER.fullmatch(path.name)


def _quoted(text: str) -> str:
    """Quoted where the text would break A1111's list of settings."""
    if not re.search(r"[,:\n\"]", text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

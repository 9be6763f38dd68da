"""One caption's file, read within limits: a regular file, of a limited size, inside its folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.dataset.prompt_syntax import Oddity, oddities
from lora_wizard.errors import Problem
from lora_wizard.files import read_regular

MOST_BYTES = 100_000
"""Of a caption's file. CLIP reads 225 tokens at most, about 1000 letters."""


@dataclass(frozen=True, slots=True)
class CaptionFile:
    """What a caption's file says."""

    lines: tuple[str, ...]
    """Those that are not blank, stripped."""
    oddities: frozenset[Oddity]


def read_caption_file(path: Path, root: Path, *, wildcards: bool = False) -> CaptionFile | Problem:
    """Read a caption, or say why it is not read.

    A link may lead anywhere below `root` or below the folder that it lies in, wherever these
    really are. Anywhere else it could lead to a private file, whose first line would be written
    into the LoRA.

    Args:
        root: The folder of training pictures as the recipe names it.
        wildcards: Whether `{a|b}` is a choice.
    """
    where = str(path)
    try:
        real = _inside(path, root)
        if real is None:
            what = f"is a link to {os.path.realpath(path)}, outside the training folder: not read"
            return Problem(where, what, "Put a copy of the file in its place, or remove the link.")
        content = read_regular(real, most=MOST_BYTES)
    except OSError as error:
        return _refused(path, error)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Problem(where, "is UTF-16 text, not UTF-8", "Save it again as UTF-8.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Problem(where, "is not UTF-8 text", "Save it again as UTF-8.")
    lines = tuple(line.strip() for line in text.splitlines() if line.strip())
    return CaptionFile(lines, oddities(text, wildcards=wildcards))


def _inside(path: Path, root: Path) -> Path | None:
    """The file that is really meant; None where a link leads out."""
    if not path.is_symlink():
        return path
    real = Path(os.path.realpath(path))
    homes = (Path(os.path.realpath(root)), Path(os.path.realpath(path.parent)))
    return real if any(real.is_relative_to(home) for home in homes) else None


def _refused(path: Path, error: OSError) -> Problem:
    if path.is_symlink() and not path.exists():
        return Problem(str(path), "is a link to a file that is not there", "Remove the link.")
    is_forbidden = isinstance(error, PermissionError)
    fix = "Check its permissions." if is_forbidden else "Move it out of the folder."
    return Problem(str(path), f"cannot be read: {error.strerror or error}", fix)

"""Other programs' pictures as they lie in a folder, each with what the texts inside it say."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from lora_eval.errors import PicturesError
from lora_eval.pictures.files import leads_outside
from lora_eval.pictures.metadata import Metadata
from lora_eval.pictures.read_metadata import metadata_of
from lora_wizard.output import printable

SUFFIXES = frozenset({
    ".png", ".jpg", ".jpeg", ".jfif", ".webp", ".avif", ".bmp", ".tif", ".tiff",
})  # fmt: skip
_NOT_READ = frozenset({".gif", ".jxl", ".heic", ".heif", ".psd", ".jp2"})
"""Pictures that are named as left out; all other files are no pictures."""
GRID = "grid-"
"""A1111's contact sheets begin so; a judge of split views would count each of them."""
LEFT_OUT = "Left out: "
"""How notes on files begin that could not be taken in."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ForeignPicture:
    """One picture of another program."""

    file: str
    """Relative to the folder, with `/`."""
    metadata: Metadata
    """With a tidy prompt."""

    @property
    def folder(self) -> str:
        """The sub-folder that it lies in; empty in the folder itself."""
        return self.file.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class ForeignFolder:
    """All of a folder's pictures, by name, and sentences about files that stayed out."""

    pictures: tuple[ForeignPicture, ...]
    notes: tuple[str, ...]


def foreign_folder(folder: Path) -> ForeignFolder:
    """Every picture in a folder and the folders in it; contact sheets and hidden files left out.

    Left out with a note are files whose names are not UTF-8 (a manifest cannot name them), links
    out of the folder, what is not a regular file, and kinds of pictures that are not read.

    Raises:
        PicturesError: there is no such folder.
    """
    if not folder.is_dir():
        raise PicturesError("There is no such folder", where=str(folder), fix="Check the path")
    pictures: list[ForeignPicture] = []
    left_out: list[str] = []
    kinds: Counter[str] = Counter()
    for path in sorted(folder.rglob("*")):
        suffix = path.suffix.lower()
        if path.name.startswith((".", GRID)) or suffix not in SUFFIXES | _NOT_READ or path.is_dir():
            continue
        file = path.relative_to(folder).as_posix()
        if suffix in _NOT_READ:
            kinds[suffix] += 1
        elif why := _unfit(folder, file, path):
            left_out.append(f"{printable(file)} {why}")
        else:
            pictures.append(ForeignPicture(file, _tidy(metadata_of(path))))
    notes = [f"{LEFT_OUT}{each}" for each in left_out[:_SHOWN]]
    if len(left_out) > _SHOWN:
        notes.append(f"{LEFT_OUT}{len(left_out) - _SHOWN} more files for such reasons")
    notes += [f"{LEFT_OUT}{count} {suffix} files: save them as PNG to have them judged"
              for suffix, count in sorted(kinds.items())]  # fmt: skip
    return ForeignFolder(tuple(pictures), tuple(notes))


def tidy_prompt(text: str) -> str:
    """A prompt without the blanks and commas that a call leaves where it was taken out."""
    text = re.sub(r"[ \t]*,[ \t]*(?:,[ \t]*)+", ", ", text)
    text = re.sub(r"[ \t]+,", ",", text)
    text = re.sub(r"[ \t]{2,}", " ", text)
    text = re.sub(r"[ \t]*\n\s*", "\n", text)
    return text.strip(" ,\n\t\r")


def _tidy(metadata: Metadata) -> Metadata:
    return replace(metadata, prompt=tidy_prompt(metadata.prompt))


def _unfit(folder: Path, file: str, path: Path) -> str:
    """Why a file stays out; empty where it does not."""
    try:
        file.encode("utf-8")
    except UnicodeEncodeError:
        return "has a name that is not UTF-8: rename it"
    if why := leads_outside(folder, file):
        return why
    return "" if path.is_file() else "is not a regular file"

"""The caption of each picture, read from the text file beside it.

Captions that lie there unread are the commonest way to train for nothing, so every picture that
goes without one is counted in the notes, with the reason where it can be seen.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.dataset.wording import counted, listed
from lora_wizard.errors import Problem

CAPTION_EXTENSIONS = (".txt", ".caption", ".captions", ".tags", ".tag", ".cap", ".text")
"""What captions are called by common tools, looked for when the one asked for is missing."""


_OF_SEVERAL_LINES = {
    False: "longer than one line: only the first is used",
    True: "longer than one line: each time one of them is taken",
}


@dataclass(frozen=True, slots=True)
class FolderCaptions:
    """The captions of one folder's pictures."""

    captions: tuple[str, ...]
    """One for each picture, in the pictures' order."""
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]


def read_captions(
    folder: Path,
    pictures: Sequence[Path],
    *,
    extension: str,
    class_tokens: str,
    every_line: bool = False,
) -> FolderCaptions:
    """Read the captions of `pictures`, which all lie in `folder`.

    A picture without a caption file gets `class_tokens`; an empty file is an empty caption.

    Args:
        extension: Of caption files, with its dot; its case does not matter.
        every_line: Keep all lines of a file, for one to be taken each time; else its first.
    """
    files = names_in(folder)
    captions: list[str] = []
    problems: list[Problem] = []
    missing: list[str] = []
    empty: list[str] = []
    longer: list[str] = []
    for picture in pictures:
        name = caption_name(picture.stem, extension, files)
        if name is None:
            missing.append(picture.name)
            captions.append(class_tokens)
            continue
        lines = _lines(folder / name)
        if isinstance(lines, Problem):
            problems.append(lines)
            lines = []
        elif not lines:
            empty.append(name)
        elif len(lines) > 1:
            longer.append(name)
        captions.append("\n".join(lines if every_line else lines[:1]))
    notes = [
        *_missing_notes(folder.name, missing, len(pictures), extension, class_tokens),
        *_unread_notes(folder.name, missing, pictures, extension, files),
        *_file_notes(folder.name, empty, "empty: the caption is empty too"),
        *_file_notes(folder.name, longer, _OF_SEVERAL_LINES[every_line]),
    ]
    return FolderCaptions(tuple(captions), tuple(notes), tuple(dict.fromkeys(problems)))


def names_in(folder: Path) -> dict[str, str]:
    """Names in the folder by themselves and by their lower-case form: `A.TXT` for `a.txt`."""
    names = sorted(os.listdir(folder))
    return {name.lower(): name for name in names} | {name: name for name in names}


def caption_name(stem: str, extension: str, files: Mapping[str, str]) -> str | None:
    """The caption file of a picture; failing that, of the picture that its face was cut from.

    sd-scripts' face detection adds four parts to a stem, `riho_1_120_80_64` for `riho`.
    """
    source, *parts = stem.rsplit("_", 4)
    for candidate in (stem, source) if len(parts) == 4 else (stem,):
        name = candidate + extension
        if (found := files.get(name) or files.get(name.lower())) is not None:
            return found
    return None


def _lines(path: Path) -> list[str] | Problem:
    """The lines of a caption file that are not blank, stripped."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        return Problem(str(path), "is not UTF-8 text", "Save it again as UTF-8.")
    except OSError as error:
        return Problem(str(path), f"cannot be read: {error.strerror}", "Check its permissions.")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _missing_notes(
    folder: str, missing: Sequence[str], total: int, extension: str, class_tokens: str
) -> list[str]:
    if not missing:
        return []
    instead = f'"{class_tokens}" is their caption' if class_tokens else "their caption is empty"
    share = f"{len(missing)} of {counted(total, 'picture')}"
    return [f"{folder}: {share} without a {extension} file ({listed(missing)}): {instead}."]


def _unread_notes(
    folder: str,
    missing: Sequence[str],
    pictures: Sequence[Path],
    extension: str,
    files: Mapping[str, str],
) -> list[str]:
    """What lies beside pictures without a caption and looks as if it were meant for them."""
    others: Counter[str] = Counter()
    for name in missing:
        stem = Path(name).stem
        others.update(
            other
            for other in CAPTION_EXTENSIONS
            if other != extension.lower() and (stem + other).lower() in files
        )
    notes = [
        f"{folder}: captions in {counted(count, f'{other} file')} are not used, since "
        f"data.caption_extension is {extension}. If they are meant, set it to {other}."
        for other, count in others.items()
    ]
    owned = {caption_name(picture.stem, extension, files) for picture in pictures}
    orphans = [
        name
        for name in sorted(set(files.values()) - owned)
        if name.lower().endswith(extension.lower()) and not name.startswith(".")
    ]
    if missing and orphans:
        notes.append(
            f"{folder}: {counted(len(orphans), f'{extension} file')} without a picture of the "
            f"same name ({listed(orphans)}): not used."
        )
    return notes


def _file_notes(folder: str, names: Sequence[str], what: str) -> list[str]:
    verb = "is" if len(names) == 1 else "are"
    files = counted(len(names), "caption file")
    return [f"{folder}: {files} ({listed(names)}) {verb} {what}."] if names else []

"""The caption of each picture, read from the text file beside it.

Captions that lie there unread are the commonest way to train for nothing, so every picture that
goes without one is named, with the reason where it can be seen.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.dataset.caption_files import read_caption_file
from lora_wizard.dataset.prompt_syntax import Oddity
from lora_wizard.dataset.records import Folder
from lora_wizard.dataset.repeating import class_of
from lora_wizard.errors import Problem
from lora_wizard.recipe import DataSettings

CAPTION_EXTENSIONS = (".txt", ".caption", ".captions", ".tags", ".tag", ".cap", ".text")
"""What captions are called by common tools, looked for when the one asked for is missing."""

_TEXTS = (
    *CAPTION_EXTENSIONS,
    *(".json", ".jsonl", ".xml", ".yaml", ".yml", ".toml", ".csv", ".tsv", ".md", ".html"),
    *(".rtf", ".doc", ".docx", ".odt", ".prompt", ".prompts", ".desc", ".description", ".info"),
)
_OF_WHOLE_FOLDER = re.compile(
    r"(metadata|captions?|prompts?|tags|labels|annotations?|dataset|data|meta_\w+)"
    r"\.(jsonl?|csv|tsv|parquet|txt|xml|ya?ml)",
    re.IGNORECASE,
)
"""Files that hold the captions of all pictures, as other trainers read them."""


@dataclass(frozen=True, slots=True)
class FolderCaptions:
    """The captions of one folder's pictures, and what was seen of their files."""

    captions: tuple[str, ...]
    """One for each picture, in the pictures' order."""
    missing: tuple[str, ...] = ()
    """Names of pictures without a caption file."""
    other: tuple[tuple[str, int], ...] = ()
    """Endings of caption files that are not read, and how many of the missing each would serve."""
    misnamed: tuple[str, ...] = ()
    """Names of files that look like captions of the missing under another name: `a.png.txt`."""
    orphans: tuple[str, ...] = ()
    """Names of caption files without a picture, where pictures go without a caption."""
    empty: tuple[str, ...] = ()
    """Names of files without a word."""
    longer: tuple[str, ...] = ()
    """Names of files of more than one line."""
    odd: tuple[tuple[Oddity, tuple[str, ...]], ...] = ()
    """What is not plain words and commas, and the names of the files in which it was seen."""
    problems: tuple[Problem, ...] = ()
    """Files that cannot be read."""


def read_captions(
    folder: Path,
    pictures: Sequence[Path],
    *,
    extension: str,
    class_tokens: str,
    every_line: bool = False,
    root: Path | None = None,
) -> FolderCaptions:
    """Read the captions of `pictures`, which all lie in `folder`.

    A picture without a caption file gets `class_tokens`; an empty file is an empty caption.

    Args:
        extension: Of caption files, with its dot; its case does not matter.
        every_line: Keep all lines of a file, for one to be taken each time; else its first.
        root: The folder that the recipe names, where it is not `folder` itself: a caption may be
            a link to a file below it.
    """
    files = names_in(folder)
    captions: list[str] = []
    problems: list[Problem] = []
    missing: list[Path] = []
    lines: dict[str, int] = {}
    odd: dict[Oddity, list[str]] = {}
    for picture in pictures:
        name = caption_name(picture.stem, extension, files)
        if name is None:
            missing.append(picture)
            captions.append(class_tokens)
            continue
        found = read_caption_file(folder / name, root or folder, wildcards=every_line)
        if isinstance(found, Problem):
            problems.append(found)
            captions.append("")
            continue
        lines[name] = len(found.lines)
        for oddity in found.oddities:
            odd.setdefault(oddity, []).append(name)
        captions.append("\n".join(found.lines if every_line else found.lines[:1]))
    owned = {caption_name(picture.stem, extension, files) for picture in pictures}
    misnamed = _misnamed(missing, files, owned, extension)
    return FolderCaptions(
        captions=tuple(captions),
        missing=tuple(picture.name for picture in missing),
        other=_other_endings(missing, files, extension),
        misnamed=misnamed,
        orphans=_orphans(files, owned | set(misnamed), extension) if missing else (),
        empty=tuple(name for name, count in lines.items() if count == 0),
        longer=tuple(name for name, count in lines.items() if count > 1),
        odd=tuple((one, tuple(dict.fromkeys(odd[one]))) for one in Oddity if one in odd),
        problems=tuple(dict.fromkeys(problems)),
    )


def captions_of(folder: Folder, pictures: Sequence[Path], data: DataSettings) -> FolderCaptions:
    """`read_captions` with what a recipe says of captions."""
    return read_captions(
        folder.path,
        pictures,
        extension=data.caption_extension,
        class_tokens=class_of(folder, data),
        every_line=data.wildcards,
        root=folder.root,
    )


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


def _other_endings(
    missing: Sequence[Path], files: Mapping[str, str], extension: str
) -> tuple[tuple[str, int], ...]:
    others: Counter[str] = Counter()
    for picture in missing:
        others.update(
            ending
            for ending in CAPTION_EXTENSIONS
            if ending != extension.lower() and (picture.stem + ending).lower() in files
        )
    return tuple(sorted(others.items()))


def _misnamed(
    missing: Sequence[Path], files: Mapping[str, str], owned: set[str | None], extension: str
) -> tuple[str, ...]:
    """Texts that begin with a picture's name, and those that name all pictures of a folder."""
    if not missing:
        return ()
    stems = {picture.stem.lower() for picture in missing}
    read = {extension.lower(), *CAPTION_EXTENSIONS}
    found = []
    for name in sorted(set(files.values()) - {one for one in owned if one}):
        stem, ending = os.path.splitext(name.lower())
        if name.startswith(".") or (ending not in _TEXTS and not _OF_WHOLE_FOLDER.fullmatch(name)):
            continue
        if stem in stems:
            is_misnamed = ending not in read
        else:
            is_misnamed = _begins_with_one(stem, stems) or bool(_OF_WHOLE_FOLDER.fullmatch(name))
        if is_misnamed:
            found.append(name)
    return tuple(found)


def _begins_with_one(stem: str, stems: set[str]) -> bool:
    """Whether it is one of `stems` with something behind it that is no letter or digit first."""
    return any(
        stem[:end].rstrip() in stems
        for end in range(1, len(stem))
        if not (stem[end].isalnum() and stem[end - 1 : end].isalnum())
    )


def _orphans(files: Mapping[str, str], owned: set[str | None], extension: str) -> tuple[str, ...]:
    return tuple(
        name
        for name in sorted(set(files.values()) - owned)
        if name.lower().endswith(extension.lower()) and not name.startswith(".")
    )

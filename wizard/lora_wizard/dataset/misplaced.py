"""Why a folder has no pictures to train on, and which folder was probably meant.

Pointing one level too high or too low is the most common mistake of all, so the answer names the
right level. Only looks at names; opens no picture.
"""

from __future__ import annotations

import difflib
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lora_wizard.dataset.listing import Listing, list_folder, repeats_and_name
from lora_wizard.dataset.wording import listed
from lora_wizard.errors import Problem

_DEPTH = 4
"""Levels searched for the pictures: enough for any real layout, quick on a home folder."""
_FOLDERS_SEARCHED = 500


def not_a_folder(path: Path, key: str) -> Problem:
    """What to say of a path that is missing or a file."""
    where = f"{key} ({path})"
    if os.path.exists(path):  # unlike Path's, this never raises
        what = "is a file, not a folder"
        return Problem(where, what, f"Give the folder that it lies in: {path.parent}.")
    if not os.path.isdir(path.parent):
        return Problem(where, "does not exist, nor does the folder above it", "Check the path.")
    try:
        siblings = [folder.name for folder in list_folder(path.parent).folders]
    except OSError:
        siblings = []
    near = difflib.get_close_matches(path.name, siblings, n=1)
    fix = f"Did you mean {path.parent / near[0]}?" if near else "Check the path."
    return Problem(where, "does not exist", fix)


def nothing_found(path: Path, listing: Listing, key: str) -> Problem:
    """What to say of a folder in which no picture lies where it would be used."""
    where = f"{key} ({path})"
    if not listing.folders and not listing.others:
        fix = f"Put the pictures into {path / '10_name'}: each is then seen 10 times an epoch."
        return Problem(where, "is an empty folder", fix)
    deeper = list(_folders_with_pictures(path))
    numbered = [folder for folder in deeper if repeats_and_name(folder.name) is not None]
    if numbered:
        what = f"has its pictures too deep, in {_names(path, numbered)}"
        parents = list(dict.fromkeys(str(folder.parent) for folder in numbered))
        return Problem(where, what, f"Set {key} to {' or '.join(parents[:3])}.")
    if deeper:
        return Problem(where, *_deeper_without_numbers(path, deeper, key))
    kinds = sorted(Counter(other.suffix.lower() or "no ending" for other in listing.others))
    if not kinds:
        return Problem(where, "holds only folders without pictures", "Check the path.")
    fix = "Give a folder with pictures, or save them as .png, .jpg or .webp."
    return Problem(where, f"holds no pictures, only files of other kinds ({listed(kinds)})", fix)


def _deeper_without_numbers(path: Path, deeper: list[Path], key: str) -> tuple[str, str]:
    """What is wrong and what to do where pictures lie in folders that are not `N_name`."""
    first = deeper[0]
    inside = _names(path, deeper)
    if repeats_and_name(first.parent.name) is not None:
        what = f"has its pictures one level too deep, in {inside}"
        return what, f"Move the pictures of {first} up into {first.parent}."
    what = f"has its pictures in {inside}, but folders count only if named such as 10_{first.name}"
    ending = f"or set {key} to {first}" if len(deeper) == 1 else f"and set {key} to {first.parent}"
    return what, f"Rename {first} to 10_{first.name} (seen 10 times an epoch), {ending}."


def _folders_with_pictures(path: Path) -> Iterator[Path]:
    """Folders below `path` that hold pictures, nearest level first."""
    level, searched = [path], 0
    for _ in range(_DEPTH):
        below: list[Path] = []
        for folder in level:
            searched += 1
            if searched > _FOLDERS_SEARCHED:
                return
            try:
                listing = list_folder(folder)
            except OSError:
                continue
            if listing.pictures:
                yield folder
            below += listing.folders
        level = below


def _names(path: Path, folders: list[Path]) -> str:
    return listed([str(folder.relative_to(path)) for folder in folders])

"""Which folders hold the pictures, and how often each is seen: the `N_name` layout of kohya.

Accepts the level that users point at: the folder of `N_name` folders, one `N_name` folder itself,
or a bare folder of pictures; says in a sentence how it was taken. Opens no picture.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from lora_wizard.dataset.folder_names import is_perhaps_year, name_problems, utf8_problem
from lora_wizard.dataset.listing import Listing, list_folder, repeats_and_name, unread_pictures
from lora_wizard.dataset.misplaced import not_a_folder, nothing_found
from lora_wizard.dataset.records import Folder
from lora_wizard.dataset.wording import counted, listed
from lora_wizard.errors import Problem
from lora_wizard.output import printable


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders below one root that hold pictures, sorted by name."""

    folders: tuple[Folder, ...]
    pictures: tuple[tuple[Path, ...], ...]
    """For each folder its pictures, sorted by name."""
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def find_folders(
    location: str, *, is_regularisation: bool, key: str = "", repeats: int = 1
) -> Layout:
    """Find the folders of pictures that `location` (a path; `~` is understood) stands for.

    What keeps it from being trained on is in the result's `problems`, never raised; they call it
    by its `key` in the recipe.

    Args:
        repeats: How often the pictures of a folder without a number are seen (`data.repeats`).
    """
    key = key or ("data.regularisation" if is_regularisation else "data.images")
    if not location.strip():
        fix = f"Set {key} to the folder that holds your pictures."
        return Layout((), (), problems=(Problem(key, "no folder is given", fix),))
    path = Path(os.path.abspath(os.path.expanduser(location)))
    if not os.path.isdir(path):
        return Layout((), (), problems=(not_a_folder(path, key),))
    try:
        root = list_folder(path)
        children = [(child, list_folder(child)) for child in _numbered(root)]
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        problem = Problem(f"{key} ({error.filename})", what, "Check its permissions.")
        return Layout((), (), problems=(problem,))
    if any(listing.pictures for _, listing in children):
        layout = _parent_layout(path, root, children, is_regularisation)
    elif root.pictures:
        layout = _single_layout(path, root, is_regularisation, repeats)
    else:
        return Layout((), (), problems=(nothing_found(path, root, key),))
    problems = utf8_problem(str(path), key) or name_problems(layout.folders, key)
    folders = tuple(replace(folder, root=path) for folder in layout.folders)
    return replace(layout, folders=folders, problems=tuple(problems))


def _numbered(root: Listing) -> list[Path]:
    return [folder for folder in root.folders if repeats_and_name(folder.name) is not None]


def _parent_layout(
    path: Path, root: Listing, children: list[tuple[Path, Listing]], is_regularisation: bool
) -> Layout:
    """The layout of a folder that holds `N_name` folders."""
    used = [(child, listing) for child, listing in children if listing.pictures]
    bare = [child.name for child, listing in children if not listing.pictures]
    ignored = [child.name for child in root.folders if repeats_and_name(child.name) is None]
    notes = []
    if ignored:
        what = "not used: a folder counts if it is named such as 10_name"
        notes.append(f"{path.name}: {counted(len(ignored), 'folder')} ({listed(ignored)}) {what}.")
    if bare:
        notes.append(f"{path.name}: no pictures in {listed(bare)}.")
    if root.pictures:
        what = "beside the numbered folders left out: to use them, move them into one of those"
        notes.append(f"{path.name}: {counted(len(root.pictures), 'picture')} {what}.")
    for child, listing in used:
        notes += _leaf_notes(child.name, listing)
    folders = tuple(_folder(child, listing, is_regularisation) for child, listing in used)
    notes += _year_notes(folders)
    return Layout(
        folders,
        tuple(listing.pictures for _, listing in used),
        tuple(notes),
    )


def _single_layout(path: Path, listing: Listing, is_regularisation: bool, repeats: int) -> Layout:
    """The layout of a folder that holds the pictures itself."""
    folder = _folder(path, listing, is_regularisation)
    if repeats_and_name(path.name) is not None and "_" in path.name:
        note = f"{path.name} was taken as one folder of pictures, {_seen(folder.repeats)}."
    else:
        folder = replace(folder, repeats=repeats, class_tokens=printable(path.name), is_bare=True)
        note = f"{path.name} was taken as {repeats}_{path.name}: its pictures are {_seen(repeats)}."
    notes = (note, *_leaf_notes(path.name, listing), *_year_notes([folder]))
    return Layout((folder,), (listing.pictures,), notes)


def _folder(path: Path, listing: Listing, is_regularisation: bool) -> Folder:
    repeats, name = repeats_and_name(printable(path.name)) or (1, printable(path.name))
    return Folder(path, repeats, name, is_regularisation, len(listing.pictures))


def _seen(repeats: int) -> str:
    return "each seen once an epoch" if repeats == 1 else f"each seen {repeats} times an epoch"


def _leaf_notes(name: str, listing: Listing) -> list[str]:
    """What in a folder of pictures is passed over."""
    notes = []
    if listing.folders:
        inner = listed([folder.name for folder in listing.folders])
        notes.append(f"{name}: folders inside it are not used ({inner}).")
    if unread := unread_pictures(listing):
        kinds = Counter(Path(other).suffix.lower() for other in unread)
        counts = listed([f"{kinds[kind]} {kind}" for kind in sorted(kinds)])
        notes.append(f"{name}: pictures of kinds that are not read are not used: {counts}.")
    return notes


def _year_notes(folders: Iterable[Folder]) -> list[str]:
    return [
        f"{folder.path.name}: {_seen(folder.repeats)}, as the number in front of its name says. If "
        f"it is a year, rename it to 10_{folder.path.name}."
        for folder in folders
        if is_perhaps_year(folder)
    ]

"""Facts of a folder, gathered once: the only part of the advice that reads the disk.

Unlike a scan it never raises for what is wrong with the pictures: that is a fact too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from lora_wizard.dataset.advice.facts import Facts, FolderFacts, Look, PictureFacts
from lora_wizard.dataset.advice.looking import look_at_picture
from lora_wizard.dataset.advice.tokens import count_tokens
from lora_wizard.dataset.buckets import bucket_problems
from lora_wizard.dataset.captions import FolderCaptions, captions_of
from lora_wizard.dataset.folder_names import is_perhaps_year
from lora_wizard.dataset.layout import Layout, find_folders
from lora_wizard.dataset.listing import list_folder, repeats_and_name, unread_pictures
from lora_wizard.dataset.records import Folder
from lora_wizard.dataset.shaping import KEEP_SEPARATOR, SEPARATOR, split_tags
from lora_wizard.dataset.threads import Progress, with_each
from lora_wizard.errors import Problem
from lora_wizard.recipe import DataSettings


def gather_facts(data: DataSettings, *, progress: Progress | None = None) -> Facts:
    """Everything that can be known of the folders that `data` names.

    Decodes every picture. What cannot be found or read is in the result, never raised.
    """
    layouts = [find_folders(data.images, is_regularisation=False, repeats=data.repeats)]
    if data.regularisation:
        layouts.append(find_folders(data.regularisation, is_regularisation=True))
    folders: list[FolderFacts] = []
    captions: list[str] = []
    caption_problems: list[Problem] = []
    for folder, paths in _each(layouts):
        found = captions_of(folder, paths, data)
        captions += found.captions
        caption_problems += found.problems
        folders.append(_folder_facts(folder, found))
    places = [(n, path) for n, (_, paths) in enumerate(_each(layouts)) for path in paths]
    looks = with_each(look_at_picture, [path for _, path in places], progress)
    root = _root(data.images)
    loose, passed_over, empty = _unused(root, layouts[0])
    return Facts(
        data=data,
        layout_problems=_problems(layout for layout in layouts if not layout.folders),
        name_problems=_problems(layout for layout in layouts if layout.folders),
        bucket_problems=bucket_problems(data),
        caption_problems=tuple(caption_problems),
        unreadable=tuple(look for look in looks if isinstance(look, Problem)),
        taken_as_one=tuple(f.path.name for f in layouts[0].folders if f.path == root),
        passed_over=passed_over,
        empty_folders=empty,
        loose=loose,
        folders=tuple(folders),
        pictures=tuple(
            _picture_facts(path, number, caption, folders[number], look)
            for (number, path), caption, look in zip(places, captions, looks, strict=True)
            if isinstance(look, Look)
        ),
    )


def _each(layouts: Sequence[Layout]) -> list[tuple[Folder, tuple[Path, ...]]]:
    return [pair for each in layouts for pair in zip(each.folders, each.pictures, strict=True)]


def _root(location: str) -> Path:
    return Path(os.path.abspath(os.path.expanduser(location)))


def _folder_facts(folder: Folder, found: FolderCaptions) -> FolderFacts:
    listing = list_folder(folder.path)
    return FolderFacts(
        path=folder.path,
        repeats=folder.repeats,
        class_tokens=folder.class_tokens,
        is_regularisation=folder.is_regularisation,
        picture_count=folder.picture_count,
        is_bare=folder.is_bare,
        is_perhaps_year=is_perhaps_year(folder),
        missing_captions=found.missing,
        other_captions=found.other,
        misnamed_captions=found.misnamed,
        orphaned_captions=found.orphans,
        empty_captions=found.empty,
        longer_captions=found.longer,
        odd_captions=found.odd,
        unread_pictures=unread_pictures(listing),
        inner_folders=tuple(inner.name for inner in listing.folders),
    )


def _picture_facts(
    path: Path, number: int, caption: str, folder: FolderFacts, look: Look
) -> PictureFacts:
    lines = caption.replace(KEEP_SEPARATOR, SEPARATOR).split("\n")
    plain = SEPARATOR.join(lines)
    return PictureFacts(
        path=path,
        folder=number,
        caption=caption,
        tags=tuple(split_tags(plain.lower())),
        has_caption_file=path.name not in folder.missing_captions,
        tokens=max(map(count_tokens, lines)),
        look=look,
    )


def _problems(layouts: Iterable[Layout]) -> tuple[Problem, ...]:
    return tuple(problem for layout in layouts for problem in layout.problems)


def _unused(root: Path, layout: Layout) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Pictures and folders of pictures beside the numbered folders, and numbered folders without
    a picture; nothing without numbered folders."""
    if not layout.folders or layout.folders[0].path == root:
        return (), (), ()
    held: list[str] = []
    empty: list[str] = []
    try:
        listing = list_folder(root)
        for folder in listing.folders:
            has_pictures = bool(list_folder(folder).pictures)
            if repeats_and_name(folder.name) is None:
                held += [folder.name] if has_pictures else []
            elif not has_pictures:
                empty.append(folder.name)
    except OSError:
        return (), (), ()
    return tuple(picture.name for picture in listing.pictures), tuple(held), tuple(empty)

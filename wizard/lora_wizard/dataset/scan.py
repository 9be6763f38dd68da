"""A folder of pictures becomes a `Dataset`: everything found, checked and counted once.

Decodes every picture, so that a damaged one is named before any model loads, and collects all
that is wrong before it complains. Keeps no pixels.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from lora_wizard.dataset.buckets import bucket_problems, choose_bucket, fit
from lora_wizard.dataset.captions import read_captions
from lora_wizard.dataset.decoding import Inspection, inspect_picture
from lora_wizard.dataset.layout import Layout, find_folders
from lora_wizard.dataset.records import Dataset, Folder, Picture
from lora_wizard.dataset.regularisation import even_out
from lora_wizard.dataset.threads import Progress, with_each
from lora_wizard.dataset.wording import counted, listed
from lora_wizard.errors import DatasetError, Problem
from lora_wizard.recipe import DataSettings


def scan(data: DataSettings, *, progress: Progress | None = None) -> Dataset:
    """Read layout, captions and sizes of everything that `data` names.

    The result is the same for the same files, whatever the order in which the disk lists them.

    Raises:
        DatasetError: with one problem for each thing that keeps the pictures from being trained
            on: a missing or misplaced folder, each unreadable picture by name, impossible buckets.
    """
    layout, problems = _find(data)
    problems += bucket_problems(data)
    notes = list(layout.notes)
    captions: list[str] = []
    for folder, paths in zip(layout.folders, layout.pictures, strict=True):
        found = read_captions(
            folder.path, paths, extension=data.caption_extension, class_tokens=folder.class_tokens
        )
        captions += found.captions
        notes += found.notes
        problems += found.problems
    inspections = with_each(
        inspect_picture, [path for paths in layout.pictures for path in paths], progress
    )
    problems += [found for found in inspections if isinstance(found, Problem)]
    if problems:
        raise DatasetError("These pictures cannot be trained on yet:", problems=problems)
    sizes = [found for found in inspections if isinstance(found, Inspection)]
    pictures = _even(_pictures(layout, captions, sizes, data))
    used = tuple(picture for picture in pictures if picture.repeats)
    notes += _picture_notes(pictures, used, data)
    return Dataset(layout.folders, used, tuple(notes))


def _find(data: DataSettings) -> tuple[Layout, list[Problem]]:
    """Both layouts as one, training first, and what is wrong with them."""
    training = find_folders(data.images, is_regularisation=False)
    if not data.regularisation:
        return training, list(training.problems)
    other = find_folders(data.regularisation, is_regularisation=True)
    problems = [*training.problems, *other.problems]
    shared = {_real(folder) for folder in training.folders} & {
        _real(folder) for folder in other.folders
    }
    if shared:
        what = f"{listed(sorted(shared))} would be the character and its opposite at once"
        fix = "Give another folder, or leave data.regularisation empty."
        problems.append(Problem("data.images and data.regularisation", what, fix))
    both = Layout(
        training.folders + other.folders,
        training.pictures + other.pictures,
        training.notes + other.notes,
    )
    return both, problems


def _real(folder: Folder) -> str:
    return os.path.realpath(folder.path)


def _pictures(
    layout: Layout, captions: Sequence[str], sizes: Sequence[Inspection], data: DataSettings
) -> list[Picture]:
    """Every picture found, with the repeats of its folder's name."""
    places = [(index, path) for index, paths in enumerate(layout.pictures) for path in paths]
    return [
        Picture(
            path=path,
            folder=index,
            repeats=layout.folders[index].repeats,
            is_regularisation=layout.folders[index].is_regularisation,
            caption=caption,
            width=size.width,
            height=size.height,
            bucket=choose_bucket(size.width, size.height, data),
            has_alpha=size.has_alpha,
        )
        for (index, path), caption, size in zip(places, captions, sizes, strict=True)
    ]


def _even(pictures: list[Picture]) -> list[Picture]:
    """The pictures with regularisation evened out to the training pictures; 0 is never used."""
    training = [picture for picture in pictures if not picture.is_regularisation]
    other = [picture for picture in pictures if picture.is_regularisation]
    repeats = even_out(
        [picture.repeats for picture in other],
        sum(picture.repeats for picture in training),
    )
    evened = [replace(picture, repeats=n) for picture, n in zip(other, repeats, strict=True)]
    return training + evened


def _picture_notes(
    pictures: Sequence[Picture], used: Sequence[Picture], data: DataSettings
) -> list[str]:
    notes = []
    if len(used) < len(pictures):
        notes.append(
            f"{len(pictures) - len(used)} of "
            f"{counted(sum(picture.is_regularisation for picture in pictures), 'picture')} for "
            "regularisation are never used: an epoch takes only as many as it has training "
            "pictures, repeats counted."
        )
    transparent = sum(picture.has_alpha for picture in used)
    if transparent:
        notes.append(f"{counted(transparent, 'transparent picture')}, put on {data.background}.")
    elif data.alpha_mask:
        notes.append("data.alpha_mask is on, but no picture is transparent: it changes nothing.")
    if data.buckets and data.bucket_no_upscale:
        small = sum(_enlarged(picture, data) for picture in used)
        if small:
            notes.append(
                f"{counted(small, 'picture')} narrower than {data.bucket_step} pixels, enlarged "
                "to that in spite of data.bucket_no_upscale."
            )
    return notes


def _enlarged(picture: Picture, data: DataSettings) -> bool:
    return fit(picture.width, picture.height, data)[1][0] > picture.width

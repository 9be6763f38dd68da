"""A folder of pictures becomes a `Dataset`: everything found, checked and counted once.

Decodes every picture, so that a damaged one is named before any model loads, and collects all
that is wrong before it complains. Keeps no pixels.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lora_wizard.dataset.buckets import bucket_problems, choose_bucket, fit
from lora_wizard.dataset.caption_notes import caption_notes
from lora_wizard.dataset.captions import captions_of
from lora_wizard.dataset.decoding import Inspection, inspect_picture
from lora_wizard.dataset.holding_out import as_dataset, hold_out, too_few_to_share, without
from lora_wizard.dataset.layout import Layout, find_folders
from lora_wizard.dataset.records import Dataset, Folder, Picture
from lora_wizard.dataset.repeating import class_of, evened
from lora_wizard.dataset.threads import Progress, with_each
from lora_wizard.dataset.wording import counted, listed
from lora_wizard.errors import DatasetError, Problem
from lora_wizard.recipe import DataSettings, ValidationSettings


@dataclass(frozen=True, slots=True)
class _Read:
    """What lies in some folders."""

    pictures: list[Picture]
    notes: tuple[str, ...]
    problems: list[Problem]


def scan(
    data: DataSettings,
    validation: ValidationSettings | None = None,
    *,
    progress: Progress | None = None,
) -> Dataset:
    """Read layout, captions and sizes of everything that `data` names.

    The result is the same for the same files, whatever the order in which the disk lists them.

    Args:
        validation: which pictures are held out of the training; None for none.
        progress: called with (pictures looked at, pictures in all).

    Raises:
        DatasetError: with one problem for each thing that keeps the pictures from being trained
            on: a missing or misplaced folder, each unreadable picture by name, impossible buckets.
    """
    validation = validation or ValidationSettings()
    layout, problems = _find(data)
    problems += bucket_problems(data)
    apart = Layout((), ())
    if validation.images:
        apart = find_folders(validation.images, is_regularisation=False, key="validation.images")
        problems += [*apart.problems, *_shared_with_training(layout, apart)]
    found, measured = _read(layout, data, progress), _read(apart, data, None)
    problems += found.problems + measured.problems
    problems += [] if problems else too_few_to_share(found.pictures, validation.share)
    if problems:
        raise DatasetError("These pictures cannot be trained on yet:", problems=problems)
    kept, held = found.pictures, [replace(one, repeats=1) for one in measured.pictures]
    if validation.share:
        kept, held = hold_out(kept, validation.share, validation.seed)
    pictures = evened(kept)
    used = tuple(picture for picture in pictures if picture.repeats)
    spare = tuple(picture for picture in pictures if not picture.repeats)
    notes = [*found.notes, *measured.notes, *_picture_notes(pictures, used, data)]
    if held:
        notes.append(f"{counted(len(held), 'picture')} held out to measure by, not trained on.")
    if validation.images:
        measured_by = as_dataset(apart.folders, held)
        return Dataset(layout.folders, used, tuple(notes), measured_by, spare)
    folders = without(layout.folders, held)
    return Dataset(folders, used, tuple(notes), as_dataset(layout.folders, held), spare)


def _read(layout: Layout, data: DataSettings, progress: Progress | None) -> _Read:
    """Captions and sizes of every picture of a layout, or what is wrong with them."""
    captions: list[str] = []
    notes = list(layout.notes)
    problems: list[Problem] = []
    for folder, paths in zip(layout.folders, layout.pictures, strict=True):
        found = captions_of(folder, paths, data)
        captions += found.captions
        notes += caption_notes(
            folder.path.name,
            found,
            extension=data.caption_extension,
            class_tokens=class_of(folder, data),
            trigger="" if folder.is_regularisation else data.trigger,
            every_line=data.wildcards,
        )
        problems += found.problems
    inspections = with_each(
        inspect_picture, [path for paths in layout.pictures for path in paths], progress
    )
    problems += [found for found in inspections if isinstance(found, Problem)]
    if problems or bucket_problems(data):
        return _Read([], tuple(notes), problems)
    sizes = [found for found in inspections if isinstance(found, Inspection)]
    return _Read(_pictures(layout, captions, sizes, data), tuple(notes), [])


def _shared_with_training(training: Layout, apart: Layout) -> list[Problem]:
    shared = {_real(one) for one in training.folders} & {_real(one) for one in apart.folders}
    if not shared:
        return []
    what = f"{listed(sorted(shared))} would be trained on and measured by at once"
    fix = "Give another folder, or set validation.share to hold some of its pictures out."
    return [Problem("validation.images", what, fix)]


def _find(data: DataSettings) -> tuple[Layout, list[Problem]]:
    """Both layouts as one, training first, and what is wrong with them."""
    training = find_folders(data.images, is_regularisation=False, repeats=data.repeats)
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

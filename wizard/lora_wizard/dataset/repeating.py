"""How often an epoch sees each picture: by the folder's name, or by `data.repeats`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lora_wizard.dataset.records import Dataset, Folder, Picture
from lora_wizard.dataset.regularisation import even_out
from lora_wizard.recipe import DataSettings


def class_of(folder: Folder, data: DataSettings) -> str:
    """The caption of a folder's pictures that have none: its name behind the number.

    Where there is a trigger, the name of a folder without a number is no caption: it was made to
    find the folder again, not to teach a word.
    """
    named = not data.trigger or folder.is_regularisation or not folder.is_bare
    return folder.class_tokens if named else ""


def repeats_of(folder: Folder, data: DataSettings) -> int:
    """How often an epoch sees each picture of a folder, before regularisation is evened out."""
    return data.repeats if folder.is_bare and not folder.is_regularisation else folder.repeats


def evened(pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    """The pictures with regularisation evened out to the training pictures; 0 is never used."""
    training = [picture for picture in pictures if not picture.is_regularisation]
    other = [picture for picture in pictures if picture.is_regularisation]
    repeats = even_out(
        [picture.repeats for picture in other],
        sum(picture.repeats for picture in training),
    )
    return (*training, *(replace(one, repeats=n) for one, n in zip(other, repeats, strict=True)))


def with_repeats(dataset: Dataset, data: DataSettings) -> Dataset:
    """The same pictures as often as other settings say; nothing is read again."""
    repeats = [repeats_of(folder, data) for folder in dataset.folders]
    if all(n == folder.repeats for n, folder in zip(repeats, dataset.folders, strict=True)):
        return dataset
    folders = tuple(
        replace(folder, repeats=n) for folder, n in zip(dataset.folders, repeats, strict=True)
    )
    # Regularisation goes back to its folders' numbers, and is evened out to the new sum.
    everything = [
        replace(one, repeats=repeats[one.folder]) for one in (*dataset.pictures, *dataset.spare)
    ]
    everything.sort(key=lambda one: (one.folder, one.path))
    pictures = evened(everything)
    return replace(
        dataset,
        folders=folders,
        pictures=tuple(one for one in pictures if one.repeats),
        spare=tuple(one for one in pictures if not one.repeats),
    )

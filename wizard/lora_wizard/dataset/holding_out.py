"""Which pictures are held out of the training to measure by. Pure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from lora_wizard.dataset.records import Dataset, Folder, Picture
from lora_wizard.errors import Problem


def hold_out(
    pictures: Sequence[Picture], share: float, seed: int
) -> tuple[list[Picture], list[Picture]]:
    """The pictures to train on and those held out, each in their order.

    Args:
        pictures: Training and regularisation pictures; of the latter none is held out.
        share: Of the training pictures, above 0 and at most a half: at least one is held out,
            and at least one is left.
        seed: The same seed holds the same places out.
    """
    places = [place for place, one in enumerate(pictures) if not one.is_regularisation]
    count = min(max(1, round(share * len(places))), len(places) - 1)
    chosen = set(random.Random(seed).sample(places, max(0, count)))
    kept = [one for place, one in enumerate(pictures) if place not in chosen]
    return kept, [replace(pictures[place], repeats=1) for place in sorted(chosen)]


def too_few_to_share(pictures: Sequence[Picture], share: float) -> list[Problem]:
    """That nothing would be left to train on, where it is so."""
    training = sum(not one.is_regularisation for one in pictures)
    if share == 0 or training > 1:
        return []
    what = "there is only one training picture, which cannot be held out as well"
    fix = "Set it to 0, or name other pictures in validation.images."
    return [Problem("validation.share", what, fix)]


def without(folders: Sequence[Folder], held: Sequence[Picture]) -> tuple[Folder, ...]:
    """The folders, counting only the pictures that are still trained on."""
    missing = Counter(picture.folder for picture in held)
    return tuple(
        replace(folder, picture_count=folder.picture_count - missing[place])
        for place, folder in enumerate(folders)
    )


def as_dataset(folders: Sequence[Folder], held: Sequence[Picture]) -> Dataset | None:
    """The pictures held out as a dataset of their own; None where there are none."""
    return Dataset(tuple(folders), tuple(held), ()) if held else None

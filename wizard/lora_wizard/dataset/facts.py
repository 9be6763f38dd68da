"""What a dataset tells other programs: the numbers behind the `ss_*` metadata of a LoRA file.

Follows what kohya-ss/sd-scripts writes; the JSON itself is made where the file is written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lora_wizard.dataset.records import Dataset, Size
from lora_wizard.dataset.tags import KEEP_SEPARATOR, SEPARATOR, split_tags
from lora_wizard.dataset.trigger import with_trigger


@dataclass(frozen=True, slots=True)
class BucketCount:
    """One bucket and the pictures of an epoch in it."""

    resolution: Size
    count: int
    """Repeats counted, training and regularisation together."""


@dataclass(frozen=True, slots=True)
class FolderCount:
    """What `ss_dataset_dirs` says of one folder."""

    repeats: int
    pictures: int


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """A dataset in numbers. Folders go by their names, which some users hold private."""

    training_pictures: int
    """Of an epoch, repeats counted (`ss_num_train_images`)."""
    regularisation_pictures: int
    """As the folders' names say, not evened out: what sd-scripts writes (`ss_num_reg_images`)."""
    training_folders: dict[str, FolderCount]
    regularisation_folders: dict[str, FolderCount]
    tag_frequency: dict[str, dict[str, int]]
    """For each folder its lower-case tags and how many pictures have them, repeats not counted."""
    buckets: tuple[BucketCount, ...]
    """Buckets in use, sorted by width, then height."""
    mean_aspect_error: float
    """Mean distance of a picture's aspect ratio from its bucket's; 0 where nothing is cut."""


def dataset_facts(dataset: Dataset, *, trigger: str = "") -> DatasetFacts:
    """Count what is in a dataset.

    Args:
        trigger: `data.trigger`, which training puts in front of the captions.
    """
    sizes: Counter[Size] = Counter()
    for picture in dataset.pictures:
        sizes[picture.bucket] += picture.repeats
    errors = [
        abs(picture.bucket[0] / picture.bucket[1] - picture.width / picture.height)
        for picture in dataset.pictures
    ]
    return DatasetFacts(
        training_pictures=dataset.epoch_size(is_regularisation=False),
        regularisation_pictures=sum(
            folder.repeats * folder.picture_count
            for folder in dataset.folders
            if folder.is_regularisation
        ),
        training_folders=_folder_counts(dataset, is_regularisation=False),
        regularisation_folders=_folder_counts(dataset, is_regularisation=True),
        tag_frequency=tag_frequency(dataset, trigger=trigger),
        buckets=tuple(BucketCount(size, sizes[size]) for size in sorted(sizes)),
        mean_aspect_error=sum(errors) / len(errors) if errors else 0.0,
    )


def tag_frequency(dataset: Dataset, *, trigger: str = "") -> dict[str, dict[str, int]]:
    """How many pictures of each folder have each tag; tags in lower case.

    Args:
        trigger: As for `dataset_facts`; regularisation pictures do not have it.
    """
    names = [folder.path.name for folder in dataset.folders]
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for picture in dataset.pictures:
        own = "" if picture.is_regularisation else trigger
        lines = [with_trigger(line, own) for line in picture.caption.split("\n")]
        text = SEPARATOR.join(lines).replace(KEEP_SEPARATOR, SEPARATOR).lower()
        counts[names[picture.folder]].update(split_tags(text))
    return {name: dict(tags) for name, tags in counts.items()}


def _folder_counts(dataset: Dataset, *, is_regularisation: bool) -> dict[str, FolderCount]:
    return {
        folder.path.name: FolderCount(folder.repeats, folder.picture_count)
        for folder in dataset.folders
        if folder.is_regularisation == is_regularisation
    }

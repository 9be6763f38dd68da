"""What a recipe will come to: pictures, steps, time, memory and disk. Pure; all of it "about".

Steps are counted as the trainer counts them. Time rests on earlier runs of this machine only:
where there is none, it is unknown, and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lora_wizard.dataset import Dataset, dataset_facts, epochs_needed, steps_per_epoch
from lora_wizard.dataset.facts import BucketCount
from lora_wizard.flow.earlier import Speed, seconds_per_step
from lora_wizard.flow.footprint import file_bytes, memory_bytes, state_bytes
from lora_wizard.questions import Family, Language, text
from lora_wizard.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Counts:
    """Pictures and steps, as the trainer counts them."""

    pictures: int
    """Training pictures, each once."""
    regularisation: int
    """Regularisation pictures in use, each once."""
    shown_per_epoch: int
    """Pictures that an epoch shows, repeats and regularisation counted."""
    buckets: tuple[BucketCount, ...]
    steps_per_epoch: int
    epochs: int
    """Begun ones: the last may stay unfinished where steps were asked for."""
    steps: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run will take. What is None is unknown; `unknown` says why."""

    counts: Counts | None
    seconds: float | None
    """Of all steps, without loading, sampling and saving."""
    measured_in: str
    """The earlier run that the time rests on; empty where it is unknown."""
    files: int | None
    """LoRA files that the run will leave."""
    file_bytes: int | None
    disk_bytes: int | None
    """All files, and the state twice: a new one is whole before the old one goes."""
    memory_bytes: int | None
    unknown: tuple[str, ...]


def count(recipe: Recipe, dataset: Dataset, *, processes: int = 1) -> Counts:
    """Pictures and steps of a recipe on a dataset in its buckets.

    Args:
        processes: trainers that share the batches.
    """
    training = recipe.training
    per_epoch = steps_per_epoch(
        dataset,
        batch_size=training.batch_size,
        gradient_accumulation=training.gradient_accumulation,
        processes=processes,
    )
    if training.epochs is not None:
        epochs, steps = training.epochs, training.epochs * per_epoch
    else:
        steps = training.steps or 0
        epochs = epochs_needed(steps, per_epoch)
    regularisation = sum(one.is_regularisation for one in dataset.pictures)
    return Counts(
        pictures=len(dataset.pictures) - regularisation,
        regularisation=regularisation,
        shown_per_epoch=sum(one.repeats for one in dataset.pictures),
        buckets=dataset_facts(dataset).buckets,
        steps_per_epoch=per_epoch,
        epochs=epochs,
        steps=steps,
    )


def estimate(
    recipe: Recipe,
    dataset: Dataset | None,
    *,
    family: Family | None,
    speeds: Sequence[Speed] = (),
    processes: int = 1,
    language: Language = "en",
) -> Estimate:
    """What a recipe will come to.

    Args:
        dataset: the pictures in the recipe's buckets; None where they are not counted.
        family: of the base; None where it is not known.
        speeds: of earlier runs on this machine, newest first.
        processes: trainers that share the batches.
    """
    unknown = []
    counts = None
    if dataset is None or not dataset.pictures:
        unknown.append(text("estimate.no_pictures", language))
    else:
        counts = count(recipe, dataset, processes=processes)
    speed = seconds_per_step(recipe, speeds)
    if speed is None:
        unknown.append(text("estimate.no_run", language))
    if family is None:
        unknown.append(text("estimate.no_family", language))
    files = None if counts is None else files_kept(recipe, counts)
    size = None if family is None else file_bytes(recipe, family)
    disk = None
    if files is not None and size is not None and family is not None:
        disk = files * size + 2 * state_bytes(recipe, family)
    return Estimate(
        counts=counts,
        seconds=None if speed is None or counts is None else speed.seconds * counts.steps,
        measured_in="" if speed is None else speed.run,
        files=files,
        file_bytes=size,
        disk_bytes=disk,
        memory_bytes=None if family is None else memory_bytes(recipe, family),
        unknown=tuple(unknown),
    )


def files_kept(recipe: Recipe, counts: Counts) -> int:
    """LoRA files that a run leaves: those on the way, and the final one."""
    saving = recipe.saving
    steps = set()
    if saving.every_epochs:
        stride = saving.every_epochs * counts.steps_per_epoch
        steps |= set(range(stride, counts.steps, stride))
    if saving.every_steps:
        steps |= set(range(saving.every_steps, counts.steps, saving.every_steps))
    return len(steps) + 1

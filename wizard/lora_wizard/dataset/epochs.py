"""Batches of an epoch, and how epochs and steps relate.

Every bucket is batched apart, so a half-full batch may end each bucket: steps are counted from
the batches, never from pictures / batch size. Pure: the order depends on `seed + epoch` only.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

from lora_wizard.dataset.records import Dataset, Size


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures trained on together: all of one bucket."""

    bucket: Size
    indexes: tuple[int, ...]
    """Into `Dataset.pictures`; an index may come up twice."""


def plan_epoch(dataset: Dataset, *, batch_size: int, seed: int, epoch: int) -> tuple[Batch, ...]:
    """All batches of one epoch in training order.

    Each picture comes up exactly `repeats` times; training and regularisation pictures share
    one pool. Pictures are shuffled within their bucket, then the batches among each other.

    Args:
        batch_size: Pictures a batch, at least 1; the last batch of a bucket may hold fewer.
        seed: Of the run; the epoch's number is added to it.
        epoch: Counted from 0 or 1, as the caller likes, but always the same way.
    """
    generator = random.Random(seed + epoch)
    members: dict[Size, list[int]] = {}
    for index, picture in enumerate(dataset.pictures):
        members.setdefault(picture.bucket, []).extend([index] * picture.repeats)
    batches = []
    for bucket, indexes in sorted(members.items()):
        generator.shuffle(indexes)
        batches += [
            Batch(bucket, tuple(indexes[start : start + batch_size]))
            for start in range(0, len(indexes), batch_size)
        ]
    generator.shuffle(batches)
    return tuple(batches)


def batches_per_epoch(dataset: Dataset, *, batch_size: int) -> int:
    """Batches of one epoch: the sum over buckets of pictures / `batch_size`, rounded up."""
    sizes: Counter[Size] = Counter()
    for picture in dataset.pictures:
        sizes[picture.bucket] += picture.repeats
    return sum(_rounded_up(size, batch_size) for size in sizes.values())


def steps_per_epoch(
    dataset: Dataset, *, batch_size: int, gradient_accumulation: int = 1, processes: int = 1
) -> int:
    """Optimizer steps of one epoch.

    Args:
        batch_size: Pictures a batch in each process, at least 1.
        gradient_accumulation: Batches that each process gathers before a step, at least 1.
        processes: Processes that share the epoch's batches, at least 1.
    """
    batches = batches_per_epoch(dataset, batch_size=batch_size)
    return _rounded_up(batches, gradient_accumulation * processes)


def epochs_needed(steps: int, epoch_steps: int) -> int:
    """Epochs that must be begun to reach `steps`: the last one may stay unfinished."""
    return _rounded_up(steps, epoch_steps)


def nearest_epochs(target_steps: int, epoch_steps: int) -> int:
    """The number of whole epochs, at least 1, whose steps come nearest to `target_steps`.

    Half-way between two it is the smaller number: less time for the same distance.
    """
    return max(1, _rounded_up(2 * target_steps - epoch_steps, 2 * epoch_steps))


def _rounded_up(number: int, divisor: int) -> int:
    return -(-number // divisor)

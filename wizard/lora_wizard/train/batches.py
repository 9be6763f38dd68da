"""Which pictures come at which step, with which captions: a pure function of seed and step.

Because nothing here remembers anything, a resumed run sees exactly what the uninterrupted one
would have, and the captions of steps to come are known beforehand.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

from lora_wizard.dataset import Batch, Dataset, epochs_needed, plan_epoch, shape_caption
from lora_wizard.dataset import steps_per_epoch as count_steps
from lora_wizard.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Shown:
    """One batch as a step shows it."""

    indexes: tuple[int, ...]
    """Into the dataset's pictures."""
    captions: tuple[str, ...]
    flipped: bool


class BatchSchedule:
    """Steps of the whole run, shared out over processes.

    Args:
        dataset: what is trained on.
        recipe: batch size, accumulation, length, seed and caption rules.
        processes: how many trainers work together; each takes every `processes`-th batch.
    """

    def __init__(self, dataset: Dataset, recipe: Recipe, processes: int = 1) -> None:
        self._dataset, self._recipe, self._processes = dataset, recipe, processes
        training = recipe.training
        self.steps_per_epoch = count_steps(
            dataset,
            batch_size=training.batch_size,
            gradient_accumulation=training.gradient_accumulation,
            processes=processes,
        )
        if training.epochs is not None:
            self.epochs = training.epochs
            self.total_steps = training.epochs * self.steps_per_epoch
        else:
            self.total_steps = training.steps or 0
            self.epochs = epochs_needed(self.total_steps, self.steps_per_epoch)
        self._plan = lru_cache(maxsize=2)(self._plan_epoch)

    def epoch_of(self, step: int) -> int:
        """The epoch, counted from 1, that a step counted from 0 lies in."""
        return step // self.steps_per_epoch + 1

    def at(self, step: int, rank: int = 0) -> list[Shown]:
        """The batches of one process in one step: as many as are accumulated, fewer at the end.

        Args:
            step: counted from 0.
            rank: of the process, from 0.
        """
        epoch, within = divmod(step, self.steps_per_epoch)
        plan = self._plan(epoch)
        width = self._recipe.training.gradient_accumulation * self._processes
        group = plan[within * width : (within + 1) * width]
        # Processes step together: where batches run out, some see an early one once more.
        missing = -len(group) % self._processes
        group = (*group, *plan[:missing], *plan[:1] * (missing - len(plan[:missing])))
        return [
            self._show(
                batch, random.Random(f"{self._recipe.training.seed}/{step}/{place}"), epoch + 1
            )
            for place, batch in enumerate(group)
            if place % self._processes == rank
        ]

    def _plan_epoch(self, epoch: int) -> tuple[Batch, ...]:
        training = self._recipe.training
        return plan_epoch(
            self._dataset, batch_size=training.batch_size, seed=training.seed, epoch=epoch
        )

    def _show(self, batch: Batch, chance: random.Random, epoch: int) -> Shown:
        data = self._recipe.data
        pictures = [self._dataset.pictures[index] for index in batch.indexes]
        captions = tuple(
            shape_caption(
                picture.caption,
                data,
                chance,
                epoch=epoch,
                is_regularisation=picture.is_regularisation,
            )
            for picture in pictures
        )
        return Shown(batch.indexes, captions, data.flip and chance.random() < 0.5)

"""How fast earlier runs on this machine were: what a time estimate may rest on. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.errors import LoraWizardError
from lora_wizard.recipe import Recipe, read_recipe
from lora_wizard.runs import DEFAULT_ROOT, RunFolder, find_runs, read_events, read_record, summarise

LEAST_STEPS = 10
"""A run with fewer steps says nothing: its first ones are slow."""


@dataclass(frozen=True, slots=True)
class Speed:
    """What one earlier run took."""

    run: str
    """Its name."""
    recipe: Recipe
    seconds: float
    """Median of its last steps."""


def earlier_speeds(root: Path = DEFAULT_ROOT) -> tuple[Speed, ...]:
    """The speeds of the runs in a folder that were trained on this machine, newest first.

    A run that cannot be read is passed over: an estimate is not worth an error.
    """
    try:
        folders = find_runs(root)
    except LoraWizardError:
        return ()
    found = (_speed(folder) for folder in folders)
    return tuple(speed for speed in found if speed is not None)


def seconds_per_step(recipe: Recipe, speeds: Sequence[Speed]) -> Speed | None:
    """The newest run that did the same work in a step: base, size, batch and method alike."""
    for speed in speeds:
        if _work(speed.recipe) == _work(recipe):
            return speed
    return None


def _work(recipe: Recipe) -> tuple[object, ...]:
    """What the time of a step depends on, apart from the rank, which hardly counts."""
    training = recipe.training
    return (
        recipe.model.base,
        recipe.model.family,
        recipe.data.resolution,
        recipe.network.parts,
        recipe.network.conv_rank > 0,
        training.batch_size,
        training.gradient_accumulation,
        training.gradient_checkpointing,
        training.precision,
        training.compile,
        training.quantise,
    )


def _speed(folder: RunFolder) -> Speed | None:
    try:
        record = read_record(folder)
        if record is None or not record.is_here:
            return None
        summary = summarise(read_events(folder.events_path)[0])
        if summary.seconds is None or len(summary.losses) < LEAST_STEPS:
            return None
        return Speed(folder.name, read_recipe(folder.recipe_path), summary.seconds)
    except (LoraWizardError, OSError):
        return None

"""Measures how long a step takes here: the recipe's own trainer, for a few steps.

It trains in a folder of its own that is thrown away, so what it measures is what a run will do:
its precision, its buckets, its kernels. It takes as long as loading the base and a dozen steps.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.errors import RunError
from lora_wizard.flow.earlier import Speed
from lora_wizard.recipe import Recipe
from lora_wizard.runs import (
    Gpu,
    RunFolder,
    RunState,
    Step,
    Summary,
    create_run,
    launch,
    read_events,
    request_stop,
    run_status,
    summarise,
)

__all__ = ["PROBE_STEPS", "Probe", "probe", "probe_recipe"]

PROBE_STEPS = 12
"""Steps of a measurement."""
_WARMING_UP = 2
"""First steps, which are slow and not counted."""
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Probe:
    """What was measured."""

    speed: Speed
    """Its `run` is empty: no earlier run stands behind it."""
    memory_bytes: int | None
    """The most that the device held; None where the trainer does not say, as on a CPU."""


def probe_recipe(recipe: Recipe) -> Recipe:
    """The recipe for a dozen steps that save and draw nothing on the way."""
    training = recipe.training.model_copy(update={"steps": PROBE_STEPS, "epochs": None})
    saving = recipe.saving.model_copy(update={"every_epochs": 0, "every_steps": 0, "name": "probe"})
    sampling = recipe.sampling.model_copy(
        update={"prompts": (), "every_epochs": 0, "every_steps": 0}
    )
    return recipe.model_copy(update={"training": training, "saving": saving, "sampling": sampling})


def probe(
    recipe: Recipe,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    tell: Callable[[Summary], None] = lambda summary: None,
) -> Probe | None:
    """Trains a dozen steps and says how long one took. Blocks; meant for a thread.

    Args:
        recipe: A whole recipe, with pictures and base in place.
        cancelled: Asked now and then; True ends it.
        tell: Called with how it stands, for a line on the screen.

    Returns:
        The measurement; None where it was cancelled.

    Raises:
        RunError: The trainer failed, with its own words: a run would fail likewise.
    """
    with tempfile.TemporaryDirectory(prefix="lora-wizard-probe-") as room:
        folder = create_run(Path(room) / "probe", probe_recipe(recipe))
        process = launch(folder)
        try:
            while process.poll() is None:
                if cancelled():
                    return None
                tell(summarise(read_events(folder.events_path)[0]))
                time.sleep(_POLL_SECONDS)
        finally:
            if process.poll() is None:
                with suppress(RunError):
                    request_stop(folder, now=True)
                process.wait()
        return _measured(folder, recipe)


def _measured(folder: RunFolder, recipe: Recipe) -> Probe:
    status = run_status(folder)
    if status.state is not RunState.FINISHED:
        failure = status.summary.failure
        words = failure.error if failure else "the trainer ended without a word"
        fix = failure.hint if failure and failure.hint else "A run would end likewise."
        raise RunError(f"the measurement failed: {words}", fix=fix)
    events, _ = read_events(folder.events_path)
    seconds = [event.seconds for event in events if isinstance(event, Step)][_WARMING_UP:]
    peaks = [event.peak for event in events if isinstance(event, Gpu)]
    return Probe(Speed("", recipe, statistics.median(seconds)), max(peaks) if peaks else None)

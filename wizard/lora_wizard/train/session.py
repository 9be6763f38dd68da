"""One generation of a run: what happens before, between and after its steps."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lora_wizard.recipe import Recipe
from lora_wizard.runs import (
    Checkpoint,
    Event,
    EventWriter,
    Finished,
    Note,
    Phase,
    Request,
    RunFolder,
    Started,
    Stopped,
    Validation,
    read_events,
    summarise,
    take_requests,
)
from lora_wizard.runs.control import stop_is_asked
from lora_wizard.train.ending import StoppedEarlyError, Wishes

if TYPE_CHECKING:
    from lora_wizard.train.board import Board
    from lora_wizard.train.loop import Trainer
    from lora_wizard.train.validation import Validator

STATE_SECONDS = 300.0
"""A state is saved at least this often: what a power cut may cost."""
GPU_SECONDS = 5.0


class Session:
    """One generation of a run: from the recipe, or from the last state, to an end."""

    def __init__(
        self, folder: RunFolder, recipe: Recipe, wishes: Wishes, log: EventWriter | None
    ) -> None:
        self._folder, self._recipe, self._wishes, self._log = folder, recipe, wishes, log
        self._began, self._began_at = time.monotonic(), time.time()
        self._state_saved = time.monotonic()
        self._gpu_told = 0.0
        self._board: Board | None = None
        self._preparing = not _shares_steps()
        """Whether a stop ends it at once. Trainers that share a run stop after a step, together:
        one that left alone would leave the others waiting."""

    def close(self) -> None:
        """Ends what only listens."""
        if self._board is not None:
            self._board.close()

    def train(self) -> None:
        """Trains to the end, or until it is asked to stop.

        Raises:
            StoppedEarlyError: It was asked to stop before its first step.
            LoraWizardError: It cannot train, or go on.
        """
        self._tell(Phase("loading"))
        # Torch comes in here, after the first event: whoever started us knows that we live.
        from lora_wizard.models.quantise import require_bitsandbytes
        from lora_wizard.train.board import Board, check_board
        from lora_wizard.train.loop import Trainer
        from lora_wizard.train.optimizers import try_optimizer
        from lora_wizard.train.precision import resolve_precision
        from lora_wizard.train.prepare import prepare, read_pictures
        from lora_wizard.train.processes import start_accelerator
        from lora_wizard.train.saving import Saver
        from lora_wizard.train.state import load_state

        if self._recipe.saving.tensorboard:
            check_board()
        if self._recipe.training.quantise != "none":
            require_bitsandbytes(self._recipe.training.quantise)
        dataset = read_pictures(self._recipe, self._tell)
        self._accelerator = start_accelerator()
        try_optimizer(self._recipe.training, self._accelerator.device)
        state = load_state(self._folder, processes=self._accelerator.num_processes)
        precision = (
            state.precision
            if state
            else resolve_precision(self._recipe.training, self._accelerator.device)
        )
        ready = prepare(
            self._recipe, dataset, self._accelerator, precision, self._tell,
            resumed=state is not None, packed=state.packed if state else None,
        )  # fmt: skip
        trainer = Trainer(
            ready, self._accelerator, self._tell, lambda: self._wishes.stop, self._tell,
            way=state.way if state else None,
        )  # fmt: skip
        if state is not None:
            trainer.restore(state)
        self._ready = ready
        if self._log is not None and self._recipe.saving.tensorboard:
            self._board = Board(self._folder, done=trainer.step)
            self._log.listeners.append(self._board.write)
        self._validator = self._make_validator()
        self._saver = Saver(
            self._folder, self._recipe, ready.base, dataset, ready.batches,
            precision=precision, processes=self._accelerator.num_processes,
        )  # fmt: skip
        self._tell(self._started(trainer))
        if state is not None:
            self._make_up(trainer)
        self._tell(Phase("training"))
        self._preparing = False
        if trainer.step == 0:
            self._validate(trainer)
        finished = trainer.run(between_steps=self._between_steps)
        self._end(trainer, finished)

    def _make_validator(self) -> Validator | None:
        from lora_wizard.train.validation import Validator

        ready = self._ready
        if self._log is None or ready.dataset.held_out is None or ready.held_out is None:
            return None
        return Validator(ready, ready.dataset.held_out, ready.held_out)

    def _between_steps(self, trainer: Trainer) -> None:
        """What falls due after a step. Only the writer has anything to do."""
        if self._log is None:
            return
        asked = take_requests(self._folder)
        if Request.STOP in asked:
            self._wishes.stop = True
        sampling = self._recipe.sampling
        last = trainer.step >= self._ready.batches.total_steps
        if Request.SAVE in asked or self._saves_after(trainer.step):
            self._checkpoint(trainer)
        elif time.monotonic() - self._state_saved > STATE_SECONDS:
            self._save_state(trainer)
        validation = self._recipe.validation
        if last or self._due(validation.every_epochs, validation.every_steps, trainer.step):
            self._validate(trainer)
        sample_now = self._due(sampling.every_epochs, sampling.every_steps, trainer.step)
        if Request.SAMPLE in asked or (sample_now and not last):
            self._draw(trainer)
        if trainer.device.type == "cuda" and time.monotonic() - self._gpu_told > GPU_SECONDS:
            self._tell_memory(trainer)

    def _due(self, epochs: int, steps: int, step: int) -> bool:
        epoch_steps = epochs * self._ready.batches.steps_per_epoch
        return any(every > 0 and step % every == 0 for every in (epoch_steps, steps))

    def _times_due(self, epochs: int, steps: int) -> int:
        """How often something falls due before the last step, by `_due`; no step is looked at."""
        before = self._ready.batches.total_steps - 1
        every = [one for one in (epochs * self._ready.batches.steps_per_epoch, steps) if one > 0]
        both = before // math.lcm(*every) if len(every) == 2 else 0
        return sum(before // one for one in every) - both

    def _saves_after(self, step: int) -> bool:
        """Whether the recipe wants a file after this step; the last has the final one."""
        saving = self._recipe.saving
        wanted = self._due(saving.every_epochs, saving.every_steps, step)
        return wanted and step < self._ready.batches.total_steps

    def _make_up(self, trainer: Trainer) -> None:
        """Writes the file that a kill or a full disk left out right after the state."""
        missing = not self._checkpoint_path(trainer.step).exists()
        if self._log is not None and missing and self._saves_after(trainer.step):
            self._save_lora(trainer)

    def _checkpoint(self, trainer: Trainer) -> str:
        """The state first: it is what a run cannot go on without."""
        self._save_state(trainer)
        return self._save_lora(trainer)

    def _checkpoint_path(self, step: int) -> Path:
        ended = step % self._ready.batches.steps_per_epoch == 0
        return self._saver.checkpoint_path(step, epoch_ended=ended)

    def _save_lora(self, trainer: Trainer) -> str:
        self._tell(Phase("saving"))
        path = self._checkpoint_path(trainer.step)
        with trainer.as_saved():
            relative = self._saver.save(self._ready.network, path, step=trainer.step)
        self._tell(Checkpoint(trainer.step, relative))
        self._tell(Phase("training"))
        return relative

    def _save_state(self, trainer: Trainer) -> None:
        from lora_wizard.train.state import save_state

        self._tell(Phase("saving"))
        save_state(self._folder, trainer.state())
        self._state_saved = time.monotonic()
        self._tell(Phase("training"))

    def _validate(self, trainer: Trainer) -> None:
        """Measures the pictures held out, if any, by the weights that a file would have."""
        if self._validator is None:
            return
        trainer.flush(force=True)
        self._tell(Phase("validating"))
        with trainer.as_saved():
            loss = self._validator.loss()
        self._tell(Validation(trainer.step, loss, self._validator.pictures))
        self._tell(Phase("training"))

    def _draw(self, trainer: Trainer) -> None:
        from lora_wizard.train.previews import draw_previews

        if self._log is not None:
            trainer.flush(force=True)
            with trainer.as_saved():
                draw_previews(
                    self._folder, self._recipe, self._ready.base, self._ready.network, self._log,
                    step=trainer.step,
                )  # fmt: skip
            self._tell(Phase("training"))

    def _end(self, trainer: Trainer, finished: bool) -> None:
        if self._log is None:
            return
        if not finished:
            self._tell(Stopped(trainer.step, self._checkpoint(trainer)))
            return
        self._save_state(trainer)
        self._tell(Phase("saving"))
        path = self._folder.final_path(self._recipe.saving.name)
        with trainer.as_saved():
            relative = self._saver.save(self._ready.network, path, step=trainer.step)
            moved = self._ready.network.moved()
        self._draw(trainer)
        self._tell(Note("info", f"the LoRA moved the model by {moved:.3g} of its weights' norm"))
        self._tell(Finished(relative, trainer.step, time.monotonic() - self._began))

    def _started(self, trainer: Trainer) -> Started:
        batches, sampling = self._ready.batches, self._recipe.sampling
        saving = self._recipe.saving
        rounds = self._times_due(sampling.every_epochs, sampling.every_steps)
        events, _ = read_events(self._folder.events_path)
        return Started(
            generation=summarise(events).generation + 1,
            resumed_from=trainer.step or None,
            total_steps=batches.total_steps,
            epochs=batches.epochs,
            images=len(self._ready.dataset.pictures),
            batch=self._recipe.training.batch_size,
            sample_rounds=(rounds + 1) if sampling.prompts else 0,
            checkpoints=self._times_due(saving.every_epochs, saving.every_steps),
        )

    def _tell_memory(self, trainer: Trainer) -> None:
        from lora_wizard.train.processes import gpu_memory

        self._tell(gpu_memory(trainer.device))
        self._gpu_told = time.monotonic()

    def _tell(self, event: Event) -> None:
        if self._log is not None:
            self._log.write(event)
        if self._preparing and (
            self._wishes.stop or stop_is_asked(self._folder, since=self._began_at)
        ):
            raise StoppedEarlyError


def _shares_steps() -> bool:
    """Whether several processes train this run together. Asked before torch is loaded."""
    return os.environ.get("WORLD_SIZE", "1") != "1"

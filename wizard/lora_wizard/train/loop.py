"""The training loop. It reads from top to bottom in the order in which things happen."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import Tensor

from lora_wizard.errors import NonFiniteLossError, TrainingError
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.optimizing import SCHEDULE_FREE
from lora_wizard.runs import Note, Phase, Step
from lora_wizard.train.averaging import MovingAverage, averaged_by, exchanged
from lora_wizard.train.computing import Computer
from lora_wizard.train.gradients import Gradients
from lora_wizard.train.limits import limit_norms
from lora_wizard.train.optimizers import build_optimizer, set_rate, step_rate
from lora_wizard.train.prepare import Prepared
from lora_wizard.train.schedules import rate_factor
from lora_wizard.train.state import SavedState
from lora_wizard.train.step import Stepper

REPORT_SECONDS = 0.5
"""On a GPU losses are fetched in bundles at most this often: fetching one waits for the device."""


@dataclass(slots=True)
class _Unreported:
    """A step whose numbers are still on the device."""

    step: int
    loss: Tensor
    norm: Tensor
    rate: float
    seconds: float
    limited: Tensor
    """Layers whose change was scaled down."""


class Trainer:
    """A LoRA in training. `run` goes on from `step` to the end, or until somebody interrupts.

    Args:
        ready: what is trained, on what.
        accelerator: the device, and the other processes.
        report: told of each step once its numbers are known.
        wants_stop: whether somebody asked this process to stop. One asked is enough for all.
        tell: told of what takes long or does not work while steps are made ready.
        way: how a resumed run computed its steps.
    """

    def __init__(
        self,
        ready: Prepared,
        accelerator: Accelerator,
        report: Callable[[Step], None],
        wants_stop: Callable[[], bool],
        tell: Callable[[Note | Phase], None] = lambda event: None,
        *,
        way: str | None = None,
    ) -> None:
        self.ready = ready
        self.accelerator = accelerator
        self.step = 0
        """Steps done."""
        self.seconds = 0.0
        self._report, self._wants_stop = report, wants_stop
        self._waiting: list[_Unreported] = []
        self._reported = 0.0
        self._optimizer = build_optimizer(ready.groups, ready.recipe.training)
        self._parameters = [p for group in self._optimizer.param_groups for p in group["params"]]
        decay = ready.recipe.training.ema_decay
        self._average = MovingAverage(self._parameters, decay) if decay else None
        fp16 = ready.precision == "fp16"
        self._scaler = torch.amp.GradScaler(self.device.type) if fp16 else None
        self._gradients = Gradients(self._parameters)
        scale = self._scaler.scale if self._scaler is not None else None
        self._computer = Computer(ready, self._gradients, tell, way=way, scale=scale)
        self._stepper = Stepper(ready, accelerator.process_index, self._gradients, self._computer)

    @property
    def device(self) -> torch.device:
        return self.ready.base.device

    def run(self, *, between_steps: Callable[[Trainer], None]) -> bool:
        """Trains to the last step.

        Args:
            between_steps: called after each step; saves, samples, looks for wishes.

        Returns:
            Whether all steps are done.

        Raises:
            NonFiniteLossError: the loss or its gradient is no longer a number; nothing was saved
                since.
        """
        total = self.ready.batches.total_steps
        training = self.ready.recipe.training
        while self.step < total:
            began, delay = time.perf_counter(), self._computer.delay
            set_rate(self._optimizer, rate_factor(self.step, total, training))
            rate = step_rate(self._optimizer)
            loss = self._stepper.backward(self.step)
            loss, norm, stop = self._gather(loss)
            self._check_now(loss, norm)
            limited = self._update(norm)
            self.step += 1
            if self._average is not None:
                self._average.update(self.step)
            # What is slow once says nothing about the steps to come.
            spent = time.perf_counter() - began - (self._computer.delay - delay)
            self.seconds += spent
            self._waiting.append(_Unreported(self.step, loss, norm, rate, spent, limited))
            self.flush()
            between_steps(self)
            if stop:
                break
        self.flush(force=True)
        return self.step >= total

    def state(self) -> SavedState:
        """The state as it is between two steps.

        Raises:
            NonFiniteLossError: it is not worth keeping: some of its values are no numbers.
        """
        self.flush(force=True)
        tensors = self.ready.network.tensors()
        if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
            raise _not_finite(self.step, self.ready.recipe)
        return SavedState(
            step=self.step,
            tensors=tensors,
            optimizer=self._optimizer.state_dict(),
            scaler=self._scaler.state_dict() if self._scaler is not None else {},
            precision=self.ready.precision,
            processes=self.accelerator.num_processes,
            seconds=self.seconds,
            average=self._average.tensors() if self._average is not None else [],
            packed=self.ready.packed,
            way=self._computer.way or "",
        )

    def restore(self, state: SavedState) -> None:
        """Goes on exactly where `state` was taken."""
        self.ready.network.load_tensors(state.tensors)
        self._optimizer.load_state_dict(state.optimizer)
        if self._scaler is not None and state.scaler:
            self._scaler.load_state_dict(state.scaler)
        if self._average is not None and state.average:
            self._average.load(state.average)
        self.step, self.seconds = state.step, state.seconds

    def as_saved(self) -> AbstractContextManager[None]:
        """While it is open, the LoRA is as files and pictures have it: averaged, if at all.

        Afterwards the weights are to the bit what they were before.
        """
        if self.ready.recipe.training.optimizer in SCHEDULE_FREE:
            return averaged_by(self._optimizer)
        if self._average is not None:
            return exchanged(self._parameters, self._average.put_in)
        return nullcontext()

    def flush(self, *, force: bool = False) -> None:
        """Fetches the numbers of finished steps from the device and reports them."""
        now = time.monotonic()
        soon = self.device.type != "cpu" and now - self._reported < REPORT_SECONDS
        if not self._waiting or (soon and not force):
            return
        numbers = torch.stack(
            [torch.stack([one.loss, one.norm, one.limited]) for one in self._waiting]
        )
        for one, (loss, norm, limited) in zip(self._waiting, numbers.tolist(), strict=True):
            if self._is_lost(loss, norm):
                raise _not_finite(one.step, self.ready.recipe)
            epoch = self.ready.batches.epoch_of(one.step - 1)
            self._report(Step(one.step, epoch, loss, one.rate, one.seconds, norm, int(limited)))
        self._waiting.clear()
        self._reported = now

    def _gather(self, loss: Tensor) -> tuple[Tensor, Tensor, bool]:
        """Averages over processes, in one message. Loss, gradient norm, whether to stop."""
        stop = self._wants_stop()
        if self.accelerator.num_processes > 1:
            head = torch.stack([loss, loss.new_tensor(float(stop))])
            head = self._gradients.average(head, self._shared)
            loss, stop = head[0], bool(head[1] > 0)
        if self._scaler is not None:  # after the exchange: an overflow anywhere is one for all
            self._scaler.unscale_(self._optimizer)
        return loss, self._gradients.norm(), stop

    def _shared(self, flat: Tensor) -> Tensor:
        """The mean over processes.

        Raises:
            TrainingError: one of them is gone.
        """
        try:
            mean: Tensor = self.accelerator.reduce(flat, reduction="mean")
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:
            raise TrainingError(
                "another of the trainers that share this run has ended",
                where=f"step {self.step + 1}",
                fix="Its last words may be in console.log; a machine with too little memory often "
                "ends one without a word. The last saved state stays: resume the run",
            ) from error
        return mean

    def _update(self, norm: Tensor) -> Tensor:
        """One step of the optimizer; how many layers' changes had to be scaled down after it."""
        self._gradients.limit(norm, self.ready.recipe.training.max_grad_norm)
        if self._scaler is not None:
            self._scaler.step(self._optimizer)
            self._scaler.update()
        else:
            self._optimizer.step()
        self._gradients.clear()
        norm_limit = self.ready.recipe.training.max_weight_norm
        if norm_limit == 0:
            return torch.zeros_like(norm)
        return limit_norms(self.ready.network.modules.values(), norm_limit).to(norm.dtype)

    def _check_now(self, loss: Tensor, norm: Tensor) -> None:
        """Stops before a bad gradient reaches the weights, where that costs no waiting."""
        if loss.device.type == "cpu" and self._is_lost(loss.item(), norm.item()):
            raise _not_finite(self.step + 1, self.ready.recipe)

    def _is_lost(self, loss: float, norm: float) -> bool:
        """Whether a step has no result. Scaled gradients may overflow: such a step is skipped."""
        return not (math.isfinite(loss) and (self._scaler is not None or math.isfinite(norm)))


def _not_finite(step: int, recipe: Recipe) -> NonFiniteLossError:
    training, network = recipe.training, recipe.network
    ratio = network.alpha / network.rank
    advice = [f"lower training.learning_rate (now {training.learning_rate:g})"]
    if ratio >= 0.5:
        advice.append(f"or network.alpha (now {network.alpha:g} at rank {network.rank})")
    if training.precision != "fp32":
        advice.append('or set training.precision = "fp32"')
    return NonFiniteLossError(
        f"the loss is no longer a number at step {step}: the training has diverged",
        where="training",
        fix=f"{', '.join(advice).capitalize()}. The last saved state and LoRA files are from "
        "before and stay as they are",
    )

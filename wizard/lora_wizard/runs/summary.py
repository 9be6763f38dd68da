"""A run in one value, folded from its events. Pure: no file, no clock.

A resumed run writes `started` again. Steps, samples and checkpoints after the step that it went
on from belong to a past that was thrown away, and are dropped.
"""

import math
import statistics
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from lora_wizard.runs.estimate import LEAST_STEPS, Pauses, time_left
from lora_wizard.runs.events import (
    Checkpoint,
    Event,
    Failed,
    Finished,
    Gpu,
    Note,
    Phase,
    Sample,
    Started,
    Step,
    Stopped,
    Validation,
)

__all__ = ["Summary", "SummaryFold", "smoothed", "summarise"]

_RECENT_STEPS = 50
"""Steps whose median duration stands for those to come."""

_SMOOTHED_OVER = 400
"""Losses looked at for the smoothed one; older ones weigh nothing at the decay below."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a run from its log alone."""

    generation: int = 0
    """How often it was started; 0 before the first time."""
    resumed_from: int | None = None
    step: int = 0
    """Steps done."""
    total: int = 0
    """Steps in all; 0 while that is not known."""
    epoch: int = 0
    epochs: int = 0
    images: int = 0
    batch: int = 0
    losses: tuple[tuple[int, float], ...] = ()
    """(step, loss) of every step that counts, in order."""
    smoothed_loss: float | None = None
    lr: float | None = None
    seconds: float | None = None
    """Median duration of the last 50 steps, in seconds."""
    time_left: float | None = None
    """About how many seconds are left; None before 10 steps and after the end."""
    phase: str = ""
    phase_done: int = 0
    phase_total: int = 0
    gpu: Gpu | None = None
    notes: tuple[Note, ...] = ()
    samples: tuple[Sample, ...] = ()
    checkpoints: tuple[Checkpoint, ...] = ()
    validations: tuple[Validation, ...] = ()
    """Of pictures held out, in order; empty where none are."""
    failure: Failed | None = None
    stopped: Stopped | None = None
    finished: Finished | None = None
    started_at: float | None = None
    """When the last generation began, seconds since 1970."""
    updated_at: float | None = None
    """When the last event happened."""

    @property
    def end(self) -> Failed | Stopped | Finished | None:
        """How the last generation ended, or None while it did not say so."""
        return self.failure or self.stopped or self.finished

    @property
    def final(self) -> str | None:
        """The finished LoRA, relative to the run folder."""
        return self.finished.path if self.finished else None


def summarise(events: Iterable[Event]) -> Summary:
    """The state of a run after these events, from the first of its log on."""
    fold = SummaryFold()
    fold.add(events)
    return fold.summary()


def smoothed(losses: Iterable[float], decay: float = 0.98) -> float | None:
    """Exponential mean of the finite losses, oldest first, corrected for its start from nothing.

    Args:
        losses: In order of time.
        decay: Weight of the past, in `[0, 1)`.
    """
    mean = weight = 0.0
    for loss in losses:
        if math.isfinite(loss):
            mean = decay * mean + (1 - decay) * loss
            weight = decay * weight + (1 - decay)
    return mean / weight if weight else None


class SummaryFold:
    """The fold with its memory, for a reader that gets the log piece by piece."""

    def __init__(self) -> None:
        self._started: Started | None = None
        self._steps: list[Step] = []
        self._durations: deque[float] = deque(maxlen=_RECENT_STEPS)
        self._phase = Phase("")
        self._pauses = Pauses()
        self._gpu: Gpu | None = None
        self._notes: list[Note] = []
        self._samples: list[Sample] = []
        self._checkpoints: list[Checkpoint] = []
        self._validations: list[Validation] = []
        self._end: Failed | Stopped | Finished | None = None
        self._updated_at: float | None = None
        self._generation = 0

    def add(self, events: Iterable[Event]) -> None:
        """Takes the next events of the log, in its order."""
        for event in events:
            self._updated_at = event.time
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Started():
                self._begin(event)
            case Phase():
                self._enter(event)
            case Step():
                self._steps.append(event)
                if math.isfinite(event.seconds):
                    self._durations.append(event.seconds)
                if self._phase.name != "training":
                    self._enter(Phase("training", time=event.time))
            case Gpu():
                self._gpu = event
            case Note():
                self._notes.append(event)
            case Sample():
                self._samples.append(event)
            case Checkpoint():
                self._checkpoints.append(event)
            case Validation():
                self._validations.append(event)
            case Failed() | Stopped() | Finished():
                self._end = event
                self._pauses.leave(event.time)

    def _begin(self, started: Started) -> None:
        """Opens a generation: what came after the step it goes on from never happened."""
        kept = started.resumed_from or 0
        self._started = started
        self._generation = max(started.generation, self._generation + 1)
        self._steps = [step for step in self._steps if step.step <= kept]
        self._samples = [sample for sample in self._samples if sample.step <= kept]
        self._checkpoints = [saved for saved in self._checkpoints if saved.step <= kept]
        self._validations = [one for one in self._validations if one.step <= kept]
        self._durations.clear()  # another machine may be faster
        self._end = None
        self._gpu = None
        self._phase = Phase("")
        self._pauses.forget_open()

    def _enter(self, phase: Phase) -> None:
        if phase.name != self._phase.name:
            self._pauses.enter(phase.name, phase.time)
        self._phase = phase

    def summary(self) -> Summary:
        """What is known now."""
        started = self._started
        last = self._steps[-1] if self._steps else None
        resumed_from = started.resumed_from if started else None
        losses = tuple((step.step, step.loss) for step in self._steps)
        recent = (loss for _, loss in losses[-_SMOOTHED_OVER:])
        end = self._end
        return Summary(
            generation=self._generation,
            resumed_from=resumed_from,
            step=last.step if last else resumed_from or 0,
            total=started.total_steps if started else 0,
            epoch=last.epoch if last else 0,
            epochs=started.epochs if started else 0,
            images=started.images if started else 0,
            batch=started.batch if started else 0,
            losses=losses,
            smoothed_loss=smoothed(recent),
            lr=last.lr if last else None,
            seconds=statistics.median(self._durations) if self._durations else None,
            time_left=self._time_left(),
            phase=self._phase.name,
            phase_done=self._phase.done,
            phase_total=self._phase.total,
            gpu=self._gpu,
            notes=tuple(self._notes),
            samples=tuple(self._samples),
            checkpoints=tuple(self._checkpoints),
            validations=tuple(self._validations),
            failure=end if isinstance(end, Failed) else None,
            stopped=end if isinstance(end, Stopped) else None,
            finished=end if isinstance(end, Finished) else None,
            started_at=started.time if started else None,
            updated_at=self._updated_at,
        )

    def _time_left(self) -> float | None:
        started = self._started
        if started is None or self._end is not None or len(self._durations) < LEAST_STEPS:
            return None
        step = self._steps[-1].step
        rounds_done = len({sample.step for sample in self._samples})
        return time_left(
            list(self._durations),
            steps_left=max(started.total_steps - step, 0),
            pauses=self._pauses,
            samplings_left=max(started.sample_rounds - rounds_done, 0),
            savings_left=max(started.checkpoints - len(self._checkpoints), 0),
        )

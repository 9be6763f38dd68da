"""What a run tells the world: one frozen class a kind. `event_json.py` has their form in the log.

A new kind is one class here and its entry in `EVENT_KINDS`. Its values are whole numbers, numbers
or text; a key added later needs a default, so that older logs stay readable.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = [
    "EVENT_KINDS",
    "Checkpoint",
    "Event",
    "Failed",
    "Finished",
    "Gpu",
    "Note",
    "Phase",
    "Sample",
    "Started",
    "Step",
    "Stopped",
    "Validation",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    time: float = 0.0
    """Seconds since 1970, UTC. The writer fills it in where it is 0."""


@dataclass(frozen=True, slots=True)
class Started(_Timed):
    """The training begins, or begins again: every `started` opens a new generation of the run."""

    generation: int
    """1 for the first start, one more for every resumption."""
    resumed_from: int | None
    """The step whose state is gone on from; None where it begins at the beginning."""
    total_steps: int
    epochs: int
    images: int
    batch: int
    sample_rounds: int = 0
    """How often pictures will be sampled in the whole run, from step 0 on."""
    checkpoints: int = 0
    """How many files will be saved in the whole run, from step 0 on, without the final one."""


@dataclass(frozen=True, slots=True)
class Phase(_Timed):
    """What the trainer is doing, and how far it is with it (`total` 0: nothing to count)."""

    name: str
    """`loading`, `caching_latents`, `caching_text`, `compiling`, `training`, `validating`,
    `sampling` or `saving`."""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Step(_Timed):
    """One optimizer step is done."""

    step: int
    """Counted from 1."""
    epoch: int
    """Counted from 1."""
    loss: float
    lr: float
    seconds: float
    """How long this step took, without sampling and saving."""
    grad_norm: float = math.nan
    """Before clipping; not a number where it was not measured."""
    layers_limited: int = 0
    """Layers whose change was scaled down to `training.max_weight_norm`."""


@dataclass(frozen=True, slots=True)
class Gpu(_Timed):
    """Memory of the device, in bytes."""

    used: int
    reserved: int
    total: int
    peak: int


@dataclass(frozen=True, slots=True)
class Sample(_Timed):
    """A picture was drawn after `step` steps. `path` is relative to the run folder."""

    step: int
    prompt: str
    path: str


@dataclass(frozen=True, slots=True)
class Validation(_Timed):
    """The pictures held out were measured after `step` steps."""

    step: int
    loss: float
    """The mean over pictures and a few timesteps, the same each time."""
    pictures: int


@dataclass(frozen=True, slots=True)
class Checkpoint(_Timed):
    """A LoRA file was saved after `step` steps. `path` is relative to the run folder."""

    step: int
    path: str


@dataclass(frozen=True, slots=True)
class Note(_Timed):
    """A sentence for the user."""

    level: str
    """`info` or `warning`."""
    text: str


@dataclass(frozen=True, slots=True)
class Failed(_Timed):
    """The training ended by an error. `hint` says what to change; it may be empty."""

    error: str
    hint: str = ""
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Stopped(_Timed):
    """The training was asked to stop and did, with everything saved after `step` steps.

    `path` is the LoRA saved then, relative to the run folder.
    """

    step: int
    path: str = ""


@dataclass(frozen=True, slots=True)
class Finished(_Timed):
    """All steps are done. `path` is the final file, relative to the run folder.

    `seconds` is how long this generation took, everything included.
    """

    path: str
    steps: int
    seconds: float


Event = (
    Started
    | Phase
    | Step
    | Gpu
    | Sample
    | Validation
    | Checkpoint
    | Note
    | Failed
    | Stopped
    | Finished
)

EVENT_KINDS: Mapping[str, type[Event]] = {
    "started": Started,
    "phase": Phase,
    "step": Step,
    "gpu": Gpu,
    "sample": Sample,
    "validation": Validation,
    "checkpoint": Checkpoint,
    "note": Note,
    "failed": Failed,
    "stopped": Stopped,
    "finished": Finished,
}

"""What a run tells the world: one frozen class a kind, to and from one line of JSON.

A new kind is one class in `EVENT_KINDS`. Readers ignore the kinds and keys that they do not
know, so an old viewer follows a newer trainer. A line whose values are of a wrong type is
ignored as well: a viewer never falls over a log.
"""

import dataclasses
import json
import math
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

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
    "event_from_record",
    "event_to_line",
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
    """`loading`, `caching_latents`, `caching_text`, `training`, `sampling` or `saving`."""
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


Event = Started | Phase | Step | Gpu | Sample | Checkpoint | Note | Failed | Stopped | Finished

EVENT_KINDS: Mapping[str, type[Event]] = {
    "started": Started,
    "phase": Phase,
    "step": Step,
    "gpu": Gpu,
    "sample": Sample,
    "checkpoint": Checkpoint,
    "note": Note,
    "failed": Failed,
    "stopped": Stopped,
    "finished": Finished,
}

_KIND_OF = {event_class: kind for kind, event_class in EVENT_KINDS.items()}


ValueKind = Literal["int", "int or null", "float", "str"]


def _value_kinds(event_class: type[Event]) -> dict[str, ValueKind]:
    hints = typing.get_type_hints(event_class)
    kinds: dict[Any, ValueKind] = {
        int: "int",
        int | None: "int or null",
        float: "float",
        str: "str",
    }
    names = [item.name for item in dataclasses.fields(event_class) if item.name != "time"]
    return {name: kinds[hints[name]] for name in [*names, "time"]}


_VALUE_KINDS = {event_class: _value_kinds(event_class) for event_class in _KIND_OF}
"""What each key of each kind holds, `time` last."""

_UNFIT = object()


def event_to_line(event: Event, *, log_format: int | None = None) -> bytes:
    """One line of JSON with its newline.

    Args:
        event: What happened. Numbers that are not finite become null: JSON has none.
        log_format: Written as `"log"`, for the first line of a log.
    """
    record: dict[str, Any] = {"log": log_format} if log_format is not None else {}
    record["kind"] = _KIND_OF[type(event)]
    record["time"] = event.time
    for name in _VALUE_KINDS[type(event)]:
        value = getattr(event, name)
        unfit = isinstance(value, float) and not math.isfinite(value)
        record[name] = None if unfit else value
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A prompt may hold half of a surrogate pair, which no UTF-8 file can.
    return text.encode("utf-8", "backslashreplace") + b"\n"


def event_from_record(record: Mapping[str, Any]) -> Event | None:
    """The event that a parsed line holds, or None where this version cannot make sense of it."""
    event_class = EVENT_KINDS.get(str(record.get("kind")))
    if event_class is None:
        return None
    values: dict[str, Any] = {}
    for name, kind in _VALUE_KINDS[event_class].items():
        if name not in record:
            continue
        value = _fitting(record[name], kind)
        if value is _UNFIT:
            return None
        values[name] = value
    try:
        return event_class(**values)
    except TypeError:  # a key without a default is missing
        return None


def _fitting(value: object, kind: ValueKind) -> object:
    """`value` as its key wants it, or `_UNFIT`."""
    if isinstance(value, bool):
        return _UNFIT
    match kind:
        case "int":
            return value if isinstance(value, int) else _UNFIT
        case "int or null":
            return value if value is None or isinstance(value, int) else _UNFIT
        case "float":
            if value is None:
                return math.nan
            return _as_float(value) if isinstance(value, int | float) else _UNFIT
        case "str":
            return value if isinstance(value, str) else _UNFIT


def _as_float(value: float) -> object:
    try:
        return float(value)
    except OverflowError:
        return _UNFIT

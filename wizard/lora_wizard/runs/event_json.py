"""Events as lines of JSON and back.

Readers ignore the kinds and keys that they do not know, so an old viewer follows a newer trainer.
A line whose values are of a wrong type is ignored as well: a viewer never falls over a log.
"""

import dataclasses
import json
import math
import typing
from collections.abc import Mapping
from typing import Any, Literal

from lora_wizard.runs.events import EVENT_KINDS, Event

__all__ = ["event_from_record", "event_to_line"]

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

_MOST = 2**53
"""Every whole number up to it is exact as a float too."""


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
            return value if _is_counted(value) else _UNFIT
        case "int or null":
            return value if value is None or _is_counted(value) else _UNFIT
        case "float":
            if value is None:
                return math.nan
            return float(value) if isinstance(value, int | float) else _UNFIT
        case "str":
            return value if isinstance(value, str) else _UNFIT


def _is_counted(value: object) -> bool:
    """Whether it is a whole number that a step, a total or a count of bytes may be."""
    return isinstance(value, int) and -_MOST <= value <= _MOST

"""LoRAs as JSON lists them: names with weights, in the shapes that programs give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lora_eval.pictures.metadata import plain_name
from lora_wizard.models.lora_calls import LoraCall, finite, read_calls

_NAMES = (
    "lora",
    "lora_name",
    "name",
    "model_name",
    "modelname",
    "model",
    "file",
    "filename",
    "content",
)
_WEIGHTS = ("weight", "strength", "strength_model", "model_strength", "model_weight", "alpha",
            "multiplier")  # fmt: skip
_SWITCHES = ("on", "enabled", "is_enabled", "isenabled", "active", "is_active")
_NONE = frozenset({"", "none", "[none]", "null", "undefined"})
_WITH_WEIGHT = re.compile(r"(.+?)\s*:\s*([-+]?[0-9.]+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One LoRA that is named."""

    name: str
    strength: float | None
    """None where no strength is written."""
    text_strength: float | None = None
    """On the text encoders; None where it is the same, or not written."""


def calls_of(entries: Iterable[Entry]) -> tuple[LoraCall, ...]:
    """The same as calls; a strength that is not written is 1."""
    calls = []
    for entry in entries:
        strength = 1.0 if entry.strength is None else entry.strength
        text = None if entry.text_strength == strength else entry.text_strength
        calls.append(LoraCall(plain_name(entry.name) or entry.name, strength, text))
    return tuple(calls)


def is_none(name: str) -> bool:
    """Whether a name stands for no LoRA."""
    return name.strip().lower() in _NONE


def number(value: object) -> float | None:
    """A finite number, written as one or as a text; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return finite(str(value))


def entries_of(value: Any, weights: Any = None) -> list[Entry] | None:
    """The LoRAs that a value names; None where it names some in a way that cannot be read.

    Args:
        value: names alone (a list, or a text with commas), pairs of names and weights, objects
            with both, or an object with weights by names.
        weights: beside names alone, as a list or a text with commas.
    """
    if value is None or value is False or value in ("", [], {}):
        return []
    if isinstance(value, str):
        return _of_text(value, weights)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return _of_names(value, weights)
    if isinstance(value, list):
        return _joined(_of_item(each) for each in value)
    if isinstance(value, dict):
        if "__value__" in value:
            return entries_of(value["__value__"])
        if _first(value, _NAMES) is not None:
            return _of_item(value)
        return _joined(_of_item([name, weight]) for name, weight in value.items())
    return None


def _joined(parts: Iterable[list[Entry] | None]) -> list[Entry] | None:
    found: list[Entry] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return found


def _of_text(text: str, weights: Any) -> list[Entry] | None:
    read = read_calls(text)
    if read.unreadable:
        return None
    if read.calls:
        return [Entry(each.name, each.strength, each.text_strength) for each in read.calls]
    if weights is None and (match := _WITH_WEIGHT.fullmatch(text.strip())):
        strength = finite(match[2])
        return (
            None if strength is None else [] if is_none(match[1]) else [Entry(match[1], strength)]
        )
    return _of_names(text.split(","), weights)


def _of_names(names: Sequence[str], weights: Any) -> list[Entry] | None:
    if isinstance(weights, str):
        weights = weights.split(",")
    if weights is not None and not isinstance(weights, list):
        weights = [weights] * len(names)
    if weights is None:
        return [Entry(name, None) for name in names if not is_none(name)]
    strengths = [number(each) for each in weights]
    if len(strengths) < len(names) or None in strengths:
        return None
    pairs = zip(names, strengths, strict=False)
    return [Entry(name, strength) for name, strength in pairs if not is_none(name)]


def _of_item(item: Any) -> list[Entry] | None:
    """One LoRA as a text, a list such as `[name, 0.8]`, or an object."""
    if isinstance(item, str):
        return _of_text(item, None)
    if isinstance(item, list | tuple):
        if any(each is False for each in item):
            return []
        name = next((each for each in item if isinstance(each, str)), None)
        rest = [each for each in item if each is not name and not isinstance(each, bool)]
        weight: object = next(iter(rest), None)
    elif isinstance(item, dict):
        if _first(item, _SWITCHES) is False:
            return []
        found = _first(item, _NAMES)
        name = _first(found, _NAMES) if isinstance(found, dict) else found
        weight = _first(item, _WEIGHTS)
    else:
        return None
    if not isinstance(name, str):
        return None
    if is_none(name):
        return []
    strength = number(weight)
    return None if strength is None and weight is not None else [Entry(name, strength)]


def _first(table: Mapping[str, Any], keys: Sequence[str]) -> Any:
    """The value of the first of these keys that is there, whatever its capitals."""
    lower = {str(key).lower(): value for key, value in table.items()}
    return next((lower[key] for key in keys if lower.get(key) is not None), None)

"""LoRAs in one node of a ComfyUI graph: its own loaders, and stacks of common extensions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from lora_eval.pictures.lora_entries import Entry, entries_of, is_none, number
from lora_eval.pictures.metadata import is_about_loras
from lora_wizard.models.lora_calls import read_calls

Resolve = Callable[[Any], Any]
"""Gives the text or number that a link leads to, and other values as they are; None if unknown."""

_NAME = re.compile(r"(?:lora|lyco(?:ris)?)(?:name)?(\d*)(?:name)?")
_MODEL_WEIGHTS = ("strengthmodel{}", "modelstrength{}", "modelweight{}", "loramodelstrength{}",
                  "lora{}modelstrength", "modelstr{}", "lorawt{}", "lora{}strength",
                  "lorastrength{}", "loraweight{}", "strength{}", "weight{}")  # fmt: skip
_SIMPLE_WEIGHTS = ("lorawt{}", "lora{}strength")
_TEXT_WEIGHTS = ("strengthclip{}", "clipstrength{}", "clipweight{}", "loraclipstrength{}",
                 "lora{}clipstrength", "clipstr{}")  # fmt: skip
_SWITCHES = ("switch{}", "enabled{}", "lora{}enabled", "lora{}on", "on{}", "toggle{}", "active{}")
_COUNTS = ("loracount", "numloras")
_OFF = frozenset({"off", "false", "disable", "disabled", "no"})
_LISTS = ("loras", "lorasdata", "loradata")
_CALLING = re.compile(r"lora|wildcard|prompt control", re.IGNORECASE)
"""Nodes that load what `<lora:...>` in their text names."""


def has_lora_words(class_type: str, inputs: Mapping[str, Any]) -> bool:
    """Whether a node may have to do with LoRAs."""
    return (
        is_about_loras(class_type)
        or any(is_about_loras(str(key)) for key in inputs)
        or any(isinstance(each, str) and "<lora" in each.lower() for each in inputs.values())
    )


def node_loras(class_type: str, inputs: Mapping[str, Any], resolve: Resolve) -> list[Entry] | None:
    """The LoRAs that a node puts on a model; None where it puts some on that cannot be read.

    Args:
        class_type: The node's kind.
        inputs: Its values and links.
        resolve: Follows a link to a text or a number.
    """
    if not has_lora_words(class_type, inputs):
        return []
    plain = {re.sub(r"[^a-z0-9]", "", str(key).lower()): value for key, value in inputs.items()}
    found: list[Entry] = []
    known = False
    for part in (
        _rows(inputs),
        _lists(plain),
        _NOTHING if any(plain.get(key) for key in _LISTS) else _called(class_type, inputs),
        _numbered(plain, resolve),
    ):
        if part is None:
            return None
        known = known or part is not _NOTHING
        found += part
    chained = any(is_about_loras(str(key)) and is_link(value) for key, value in inputs.items())
    return found if known or chained or not is_about_loras(class_type) else None


def is_link(value: Any) -> bool:
    """Whether a value is a link: a node's id and the number of its output."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str | int)
        and isinstance(value[1], int)
        and not isinstance(value[0], bool)
    )


_NOTHING: list[Entry] = []
"""What a reader gives where the node has nothing of its form."""


def _rows(inputs: Mapping[str, Any]) -> list[Entry] | None:
    """rgthree's rows: `lora_1: {"on": true, "lora": NAME, "strength": 0.8}`."""
    rows = [value for value in inputs.values() if isinstance(value, dict) and "lora" in value]
    if not rows:
        is_empty = any(isinstance(value, dict) for value in inputs.values())
        return [] if is_empty else _NOTHING
    found = []
    for row in rows:
        name, strength = row["lora"], number(row.get("strength", 1.0))
        if row.get("on") is False or name is None or (isinstance(name, str) and is_none(name)):
            continue
        if not isinstance(name, str) or strength is None:
            return None
        found.append(Entry(name, strength, number(row.get("strengthTwo"))))
    return found


def _lists(plain: Mapping[str, Any]) -> list[Entry] | None:
    """A list of LoRAs as one value, as the LoRA Manager keeps it."""
    for key in _LISTS:
        value = plain.get(key)
        if isinstance(value, list | dict) and not is_link(value):
            return entries_of(value)
    return _NOTHING


def _called(class_type: str, inputs: Mapping[str, Any]) -> list[Entry] | None:
    """Calls such as `<lora:NAME:0.8>` in a text that the node loads LoRAs from."""
    if not _CALLING.search(class_type):
        return _NOTHING
    texts = [inputs.get("populated_text") or inputs.get("text"), inputs.get("lora_syntax")]
    reads = [read_calls(text) for text in texts if isinstance(text, str)]
    if any(read.unreadable for read in reads):
        return None
    calls = [call for read in reads for call in read.calls]
    found = [Entry(call.name, call.strength, call.text_strength) for call in calls]
    return found if found else [] if reads else _NOTHING


def _numbered(plain: Mapping[str, Any], resolve: Resolve) -> list[Entry] | None:
    """`lora_name` with `strength_model`, and stacks of these with numbers."""
    keys = [(key, match[1]) for key in plain if (match := _NAME.fullmatch(key))]
    keys = [(key, place) for key, place in keys if not isinstance(plain[key], dict) or not place]
    if not keys:
        return _NOTHING
    most = next((count for key in _COUNTS if (count := number(plain.get(key))) is not None), None)
    found = []
    is_stack_link = False
    for key, place in keys:
        value = plain[key]
        name = resolve(value.get("content") if isinstance(value, dict) else value)
        if is_link(value) and name is None and "name" not in key:
            is_stack_link = True
            continue
        too_far = most is not None and place and int(place) > most
        if value is None or (isinstance(name, str) and is_none(name)):
            continue
        if too_far or _is_off(plain, place):
            continue
        strength, readable = _weight(plain, place, resolve)
        if not isinstance(name, str) or not readable:
            return None
        found.append(Entry(name, strength, number(_value(plain, _TEXT_WEIGHTS, place))))
    return None if is_stack_link and not found and len(keys) > 1 else found


def _is_off(plain: Mapping[str, Any], place: str) -> bool:
    value = _value(plain, _SWITCHES, place)
    return value is False or (isinstance(value, str) and value.strip().lower() in _OFF)


def _weight(plain: Mapping[str, Any], place: str, resolve: Resolve) -> tuple[float | None, bool]:
    """The strength on the model, and whether what is written there could be read."""
    is_simple = "simple" in (plain.get("inputmode"), plain.get("mode"))
    patterns = (*_SIMPLE_WEIGHTS, *_MODEL_WEIGHTS) if is_simple else _MODEL_WEIGHTS
    value = _value(plain, patterns, place)
    strength = number(resolve(value))
    return strength, strength is not None or value is None


def _value(plain: Mapping[str, Any], patterns: tuple[str, ...], place: str) -> Any:
    keys = (pattern.format(place) for pattern in patterns)
    return next((plain[key] for key in keys if plain.get(key) is not None), None)

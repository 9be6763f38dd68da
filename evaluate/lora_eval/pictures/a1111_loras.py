"""Which LoRAs A1111 and its kin say took part: in the prompt, else among the settings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lora_eval.pictures.a1111 import hashes_of, parse_generation
from lora_eval.pictures.lora_entries import Entry, calls_of
from lora_eval.pictures.metadata import Metadata, plain_name
from lora_wizard.models.lora_calls import LoraCall, ReadCalls, finite, read_calls
from lora_wizard.parsing import ParseError, parse_json

_LORA_TYPES = frozenset({"lora", "locon", "lycoris", "dora", "loha", "lokr"})
_OTHER_NETWORKS = frozenset({"hypernet", "hypernetwork", "locon", "loha", "lokr", "lycoris"})
"""Kinds of calls in a prompt that change the model as a LoRA does, and are not read."""
_WEIGHT = re.compile(r"\s*(.+?):\s*([-+0-9.eE]+)\s*(?:,|$)")
_ADDED = re.compile(r"AddNet Model (\d+)")
_MODEL_WITH_HASH = re.compile(r"(.+?)\s*\([0-9a-fA-F]{6,}\)")
_SUSPECT = re.compile(r"lora|lyco|addnet|hypernet", re.IGNORECASE)
_HARMLESS = frozenset({"Lora hashes", "Lora weights", "AddNet Enabled", "LoRA method"})


@dataclass(frozen=True, slots=True)
class _Named:
    """LoRAs that settings name."""

    entries: tuple[Entry, ...] = ()
    unclear: tuple[str, ...] = ()


def text_metadata(text: str) -> Metadata:
    """The metadata in a text of A1111's form; any text has some."""
    parsed = parse_generation(text)
    read = read_calls(parsed.prompt)
    named = _in_settings(parsed.settings)
    calls = tuple(_plainly(call) for call in read.calls)
    unclear = [*read.unreadable, *named.unclear, *_in_other_prompts(parsed.settings, calls)]
    unclear += [call for call in read.others if _kind(call) in _OTHER_NETWORKS]
    loras = calls or calls_of(named.entries)
    return Metadata(
        read.words,
        parsed.negative,
        parsed.settings,
        loras,
        {plain_name(name): each for name, each in parsed.lora_hashes.items()},
        tuple(dict.fromkeys(unclear)),
        not calls and any(entry.strength is None for entry in named.entries),
        tuple(_hints(read)),
    )


def _plainly(call: LoraCall) -> LoraCall:
    return LoraCall(plain_name(call.name) or call.name, call.strength, call.text_strength)


def _kind(call: str) -> str:
    return call.lstrip("< ").partition(":")[0].strip().lower()


def _hints(read: ReadCalls) -> Iterator[str]:
    for call in read.calls:
        name = plain_name(call.name)
        base = name.rpartition("/")[2]
        if base and base != call.name:
            yield (
                f"<lora:{call.name}:...>: A1111 finds a LoRA by its name alone, <lora:{base}:...>; "
                "written so it may have had no effect."
            )


def _in_settings(settings: Mapping[str, str]) -> _Named:
    """The first setting that names LoRAs counts: all of them speak of the same ones."""
    readers = (_resources, _hashes, _lora_hashes, _added)
    found = [reader(settings) for reader in readers]
    named = next((each for each in found if each.entries), _Named())
    unclear = [why for each in found for why in each.unclear]
    if not named.entries:
        unclear += [
            f"{key}: {value}"[:80]
            for key, value in settings.items()
            if value and key not in _HARMLESS and not _ADDED.match(key) and _SUSPECT.search(key)
        ]
    return _Named(named.entries, tuple(unclear))


def _lora_hashes(settings: Mapping[str, str]) -> _Named:
    text = settings.get("Lora hashes", "")
    weights = {match[1].strip(): match[2]
               for match in _WEIGHT.finditer(settings.get("Lora weights", ""))}  # fmt: skip
    names = list(dict.fromkeys([*hashes_of(text), *weights]))
    entries = tuple(Entry(name, finite(weights.get(name, ""))) for name in names)
    return _Named(entries, (f"Lora hashes: {text}"[:80],) if text.strip() and not names else ())


def _resources(settings: Mapping[str, str]) -> _Named:
    """Civitai's list: `[{"type": "lora", "weight": 0.8, "modelName": ...}, ...]`."""
    text = settings.get("Civitai resources", "")
    listed = _json(text)
    if not isinstance(listed, list):
        return _Named((), ("Civitai resources",) if text.strip() else ())
    entries = []
    for each in listed:
        if isinstance(each, dict) and str(each.get("type", "")).lower() in _LORA_TYPES:
            named = [each.get(key) for key in ("modelName", "modelVersionName")]
            name = " ".join(str(part) for part in named if part)
            name = name or str(each.get("modelVersionId") or each.get("air") or each.get("hash"))
            entries.append(Entry(name, finite(str(each.get("weight")))))
    return _Named(tuple(entries))


def _hashes(settings: Mapping[str, str]) -> _Named:
    """`Hashes: {"vae": ..., "lora:NAME": ...}`."""
    listed = _json(settings.get("Hashes", ""))
    keys = [str(key) for key in listed] if isinstance(listed, dict) else []
    names = [key.partition(":")[2] for key in keys if key.lower().startswith(("lora:", "lyco:"))]
    return _Named(tuple(Entry(name, None) for name in names if name.strip()))


def _added(settings: Mapping[str, str]) -> _Named:
    """The extension Additional Networks: `AddNet Model 1: NAME(HASH), AddNet Weight A 1: 0.8`."""
    entries = []
    for key, value in settings.items():
        match = _ADDED.fullmatch(key)
        if match and value and value != "None":
            number = match[1]
            with_hash = _MODEL_WITH_HASH.fullmatch(value)
            weight = finite(settings.get(f"AddNet Weight A {number}", ""))
            if weight is None:
                weight = finite(settings.get(f"AddNet Weight {number}", ""))
            entries.append(Entry(with_hash[1] if with_hash else value, weight))
    return _Named(tuple(entries))


def _in_other_prompts(settings: Mapping[str, str], calls: tuple[LoraCall, ...]) -> Iterator[str]:
    """LoRAs that only a further pass was drawn with, such as `Hires prompt: ... <lora:x:1>`."""
    known = {call.name for call in calls}
    for key, value in settings.items():
        if key.lower().endswith("prompt") and "<" in value and "negative" not in key.lower():
            read = read_calls(value)
            names = {plain_name(call.name) for call in read.calls}
            if read.unreadable or not names <= known:
                yield f"{key}: LoRAs that the prompt itself does not call"


def _json(text: str) -> Any:
    try:
        return parse_json(text, nan=True)
    except ParseError:
        return None

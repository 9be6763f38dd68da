"""The JSON that SwarmUI, Fooocus, InvokeAI and others write into pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lora_eval.pictures.lora_entries import Entry, calls_of, entries_of, number
from lora_eval.pictures.metadata import Metadata, is_about_loras, plain_name
from lora_wizard.models.lora_calls import read_calls

_INNER = ("sui_image_params", "image", "metadata", "meta", "params", "generation_data")
"""Objects that hold the settings in some programs' JSON."""
_PROMPT = ("prompt", "positive_prompt", "positiveprompt", "positive", "c")
_NEGATIVE = ("negative_prompt", "negativeprompt", "negative", "uc")
_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "Seed": ("seed", "noise_seed"),
    "Steps": ("steps", "num_inference_steps"),
    "CFG scale": ("guidance_scale", "cfgscale", "cfg_scale", "cfg", "scale"),
    "Sampler": ("sampler", "sampler_name", "scheduler"),
    "Model": ("base_model", "model", "model_name", "sd_model", "use_stable_diffusion_model"),
    "Model hash": ("base_model_hash", "model_hash"),
    "Size": ("resolution", "size"),
    "Clip skip": ("clip_skip",),
}
_WEIGHTS = ("loraweights", "loraweight", "lorastrengths", "lorastrength", "loraalpha")
_BESIDE = ("lorahash", "loratenc", "lorasection", "loraminmax", "civitai")
"""Settings about LoRAs that name none which took part."""
_WITH_LORA = re.compile(r"withLora\(\s*([^,()]+?)\s*(?:,\s*([-+0-9.]+)\s*)?\)")
"""How prompts of InvokeAI 2 and 3 call a LoRA."""
_SERVICES = ("novelai",)
"""Programs whose models are their own: their pictures are nobody's base."""


def json_metadata(data: Mapping[str, Any]) -> Metadata | None:
    """The metadata in an object; None where it has no prompt and names no LoRA."""
    lower = _flat(data)
    words, called, unreadable = _prompt(_text(lower, _PROMPT))
    listed, unclear = _listed(lower)
    unclear = [*unreadable, *unclear]
    names = {plain_name(entry.name) for entry in listed}
    entries = [*listed, *(each for each in called if plain_name(each.name) not in names)]
    if any(service in str(lower.get(key, "")).lower()
           for key in ("software", "source", "title") for service in _SERVICES):  # fmt: skip
        unclear.append("a service with models of its own")
    has_text = any(isinstance(lower.get(key), str | list) for key in _PROMPT)
    if not has_text and not entries and not unclear:
        return None
    return Metadata(
        words,
        _text(lower, _NEGATIVE),
        _settings(lower),
        calls_of(entries),
        {},
        tuple(dict.fromkeys(unclear)),
        any(entry.strength is None for entry in entries),
        has_text=has_text,
    )


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """The object by keys in small letters, with the settings that are an object further inside."""
    lower = {str(key).lower(): value for key, value in data.items()}
    for key in _INNER:
        inner = lower.get(key)
        if isinstance(inner, dict):
            lower = {**{str(name).lower(): value for name, value in inner.items()}, **lower}
    return lower


def _text(lower: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    for key in keys:
        value = lower.get(key)
        if isinstance(value, str):
            return value
        if isinstance(value, list):  # InvokeAI's old form: texts, or objects with prompt and weight
            parts = [each.get("prompt") if isinstance(each, dict) else each for each in value]
            return ", ".join(part for part in parts if isinstance(part, str))
    return ""


def _prompt(text: str) -> tuple[str, list[Entry], list[str]]:
    """Words, the LoRAs that they call, and calls that cannot be read."""
    read = read_calls(text)
    called = [Entry(each.name, each.strength, each.text_strength) for each in read.calls]
    called += [Entry(match[1], number(match[2] or 1)) for match in _WITH_LORA.finditer(read.words)]
    return _WITH_LORA.sub("", read.words), called, list(read.unreadable)


def _listed(lower: Mapping[str, Any]) -> tuple[list[Entry], list[str]]:
    """LoRAs that settings name, and settings about LoRAs that cannot be read."""
    plain = {re.sub(r"[^a-z0-9]", "", key): value for key, value in lower.items()}
    weights = next((plain[key] for key in _WEIGHTS if plain.get(key) not in (None, "", [])), None)
    entries: list[Entry] = []
    unclear: list[str] = []
    for key, value in plain.items():
        if not is_about_loras(key) or key in _WEIGHTS or key.startswith(_BESIDE):
            continue
        found = entries_of(value, weights)
        if found is None:
            unclear.append(key)
        else:
            entries += [each for each in found if each not in entries]
    if not entries:
        unclear += [key for key in _keys_inside(lower) if is_about_loras(key)]
    return entries, list(dict.fromkeys(unclear))


def _keys_inside(value: Any) -> Iterator[str]:
    """Keys of objects inside an object that have a value; the outermost ones are left out."""
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict):
            yield from (
                str(key) for key, each in inner.items() if each not in (None, "", [], {}, False)
            )
        if isinstance(inner, dict | list):
            yield from _keys_inside(inner)


def _settings(lower: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name, keys in _SETTINGS.items():
        for key in keys:
            value = lower.get(key)
            if isinstance(value, dict):
                value = value.get("model_name") or value.get("name")
            if isinstance(value, list) and len(value) == 2:
                value = "x".join(map(str, value))
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                found[name] = str(value)
                break
    width, height = lower.get("width"), lower.get("height")
    if "Size" not in found and isinstance(width, int) and isinstance(height, int):
        found["Size"] = f"{width}x{height}"
    return found

"""Prompts and plain values in a ComfyUI graph, followed through the nodes that pass them on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lora_eval.pictures.comfy_nodes import is_link

_TEXTS = ("populated_text", "text", "text_g", "text_l", "positive_prompt", "prompt")
_VALUES = ("value", "text", "string", "seed", "noise_seed", "int", "float", "number", "text_0",
           "prompt", "populated_text", "wildcard_text")  # fmt: skip
_DEEPEST = 64
Nodes = Mapping[str, Mapping[str, Any]]


def value_behind(nodes: Nodes, value: Any, depth: int = 0) -> Any:
    """The text or number that a link leads to; a value that is no link as it is.

    None where the nodes on the way are not understood.
    """
    if not is_link(value):
        return value if isinstance(value, str | int | float) else None
    inputs = nodes.get(str(value[0]), {}).get("inputs", {})
    if depth >= _DEEPEST:
        return None
    for key in _VALUES:
        if key in inputs and (found := value_behind(nodes, inputs[key], depth + 1)) is not None:
            return found
    return _joined(nodes, inputs, depth)


def text_behind(nodes: Nodes, link: Any, side: str) -> str:
    """The prompt that a conditioning was made of; empty where it cannot be found.

    Args:
        nodes: The graph.
        link: To the conditioning.
        side: `positive` or `negative`, for nodes that pass both on.
    """
    found: list[str] = []
    seen: set[tuple[str, str]] = set()
    waiting = [(link, side)]
    while waiting and len(seen) < 10 * _DEEPEST:
        here, way = waiting.pop(0)
        if isinstance(here, str):
            found.append(here)
        if not is_link(here) or (str(here[0]), way) in seen:
            continue
        seen.add((str(here[0]), way))
        node = nodes.get(str(here[0]), {})
        inputs = node.get("inputs", {})
        if "zeroout" in str(node.get("class_type", "")).lower():
            continue
        values = [value_behind(nodes, inputs[key]) for key in _TEXTS if key in inputs]
        texts = [value for value in values if isinstance(value, str) and value]
        if texts:
            found += texts
        else:
            waiting += _conditionings(inputs, here[1], way)
    return ", ".join(dict.fromkeys(found))


def _conditionings(inputs: Mapping[str, Any], slot: int, side: str) -> list[tuple[Any, str]]:
    """Where a node has its conditioning from."""
    if "positive" in inputs and "negative" in inputs:
        way = {0: "positive", 1: "negative"}.get(slot, side)
        if isinstance(inputs[way], str):  # a loader with prompts of its own has them at later slots
            way = side
        return [(inputs[way], side)]
    links = {str(key): value for key, value in inputs.items() if is_link(value)}
    through = [value for key, value in links.items() if "cond" in key.lower()]
    only = list(links.values()) if len(links) == 1 else []
    return [(value, side) for value in through or only]


def _joined(nodes: Nodes, inputs: Mapping[str, Any], depth: int) -> str | None:
    """Texts that a node puts together: `string_a`, `string_b` with a `delimiter`."""
    keys = sorted(key for key in inputs if str(key).startswith(("string", "text")))
    parts = [value_behind(nodes, inputs[key], depth + 1) for key in keys]
    if not parts or not all(isinstance(part, str) for part in parts):
        return None
    delimiter = inputs.get("delimiter", inputs.get("separator", " "))
    return (delimiter if isinstance(delimiter, str) else " ").join(map(str, parts))

"""ComfyUI's graph: followed from the picture back to its sampler, LoRAs, prompt and seed.

Only what can be followed is believed. Where the way leads through nodes that are not understood,
and the graph has LoRAs anywhere, it is not known which of them took part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lora_eval.pictures.comfy_nodes import has_lora_words, is_link, node_loras
from lora_eval.pictures.comfy_texts import text_behind, value_behind
from lora_eval.pictures.lora_entries import Entry, calls_of
from lora_eval.pictures.metadata import Metadata, plain_name
from lora_wizard.models.lora_calls import read_calls

Nodes = Mapping[str, Mapping[str, Any]]
"""By id: `class_type` and `inputs`."""
_SEEDS = ("seed", "noise_seed")
_BASES = ("ckpt_name", "base_ckpt_name", "unet_name", "model_name", "checkpoint", "model_path")
_LATENTS = ("latent_image", "latent", "samples", "optional_latent")
_UNCLEAR = "a ComfyUI graph that cannot be followed"


@dataclass(slots=True)
class _Chain:
    """What lies behind a sampler's model."""

    entries: list[Entry] = field(default_factory=list)
    """From the checkpoint to the sampler."""
    base: str = ""
    is_clear: bool = True
    has_end: bool = False
    """Whether the way came to a loader."""


def is_graph(data: Any) -> bool:
    """Whether a JSON value is a graph in the form that ComfyUI executes."""
    return isinstance(data, dict) and bool(_nodes(data))


def graph_metadata(data: Mapping[str, Any]) -> Metadata:
    """The metadata in a graph."""
    nodes = _nodes(data)
    used = _used(nodes)
    samplers = [name for name in used if _is_sampler(nodes[name]["inputs"])]
    has_loras = any(
        has_lora_words(nodes[name]["class_type"], nodes[name]["inputs"]) for name in nodes
    )
    unclear = (_UNCLEAR,) if has_loras else ()
    if not samplers:
        return Metadata(unclear=unclear, has_text=False)
    chains = {name: _chain_of(nodes, name) for name in samplers}
    firsts = [name for name in samplers if not _earlier(nodes, name, samplers)] or samplers
    first = firsts[0]
    prompt, negative = (_prompt(nodes, first, side) for side in ("positive", "negative"))
    is_clear = (
        len(firsts) == 1
        and all(chain.is_clear for chain in chains.values())
        and all(chain.entries == chains[first].entries for chain in chains.values())
        and _encoders_agree(nodes, first, chains[first].entries)
    )
    read = read_calls(prompt)
    entries = chains[first].entries
    names = {plain_name(entry.name) for entry in entries}
    stray = [call.name for call in read.calls if plain_name(call.name) not in names]
    is_clear = is_clear and not stray and not read.unreadable
    return Metadata(
        read.words,
        negative,
        _settings(nodes, first, chains[first].base),
        calls_of(entries) if is_clear else (),
        unclear=() if is_clear else unclear,
        has_text=bool(prompt),
    )


def _nodes(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        str(name): node
        for name, node in data.items()
        if isinstance(node, dict)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs"), dict)
    }


def _links(inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names of linked inputs, with the ids of the nodes that they come from."""
    for key, value in inputs.items():
        if is_link(value):
            yield str(key), str(value[0])


def _used(nodes: Nodes) -> list[str]:
    """The nodes that end in a picture; all of them where none does."""
    sources = {source for node in nodes.values() for _, source in _links(node["inputs"])}
    ends = [
        name
        for name, node in nodes.items()
        if name not in sources and any(key.startswith("image") for key, _ in _links(node["inputs"]))
    ]
    found = dict.fromkeys(name for end in ends for name in _behind(nodes, end))
    return list(found) or list(nodes)


def _behind(nodes: Nodes, start: str) -> Iterator[str]:
    """A node and all that it comes from."""
    seen, waiting = set(), [start]
    while waiting:
        name = waiting.pop()
        if name in nodes and name not in seen:
            seen.add(name)
            yield name
            waiting += [source for _, source in _links(nodes[name]["inputs"])]


def _is_sampler(inputs: Mapping[str, Any]) -> bool:
    links = {key for key, _ in _links(inputs)}
    if "guider" in links:
        return True
    has_seed = any(key in inputs for key in _SEEDS) or "noise" in links
    return has_seed and bool(links & {*_LATENTS, "positive", "basic_pipe", "pipe"})


def _earlier(nodes: Nodes, sampler: str, samplers: list[str]) -> bool:
    """Whether a sampler goes on from another one's result."""
    starts = [source for key, source in _links(nodes[sampler]["inputs"]) if key in _LATENTS]
    others = set(samplers) - {sampler}
    return any(name in others for start in starts for name in _behind(nodes, start))


def _chain_of(nodes: Nodes, sampler: str) -> _Chain:
    inputs = nodes[sampler]["inputs"]
    guider = inputs.get("guider")
    if is_link(guider):
        inputs = nodes.get(str(guider[0]), {}).get("inputs", {})
    return _chain(nodes, inputs.get("model"), "model")


def _chain(nodes: Nodes, link: Any, kind: str) -> _Chain:
    """LoRAs and base on the way that a model (or `clip`) comes."""
    chain, seen = _Chain(), set()
    waiting = [link]
    while waiting:
        here = waiting.pop()
        name = str(here[0]) if is_link(here) else ""
        if name in seen:
            continue
        seen.add(name)
        if name not in nodes:
            chain.is_clear = False
            continue
        inputs = nodes[name]["inputs"]
        entries = node_loras(
            nodes[name]["class_type"], inputs, lambda each: value_behind(nodes, each)
        )
        if entries is None:
            chain.is_clear = False
        else:
            chain.entries[:0] = entries
        waiting += _further(inputs, kind, chain)
    chain.is_clear = chain.is_clear and chain.has_end
    return chain


def _further(inputs: Mapping[str, Any], kind: str, chain: _Chain) -> list[Any]:
    """The links to go on with from one node; what is unclear is noted in `chain`."""
    base = next((inputs[key] for key in _BASES if isinstance(inputs.get(key), str)), None)
    stacks = [value for key, value in inputs.items()
              if is_link(value) and str(key).lower().endswith(("lora_stack", "loras", "prev_lora",
                                                               "lora"))]  # fmt: skip
    if is_link(inputs.get(kind)):
        return [*stacks, inputs[kind]]
    if base is not None:
        chain.base, chain.has_end = chain.base or base, True
        return stacks
    links = [value for value in inputs.values() if is_link(value)]
    chain.has_end = chain.has_end or not links
    if stacks and len(stacks) == len(links):
        return stacks
    several = [
        value for key, value in inputs.items() if is_link(value) and str(key).startswith(kind)
    ]
    if len(links) > 1:
        chain.is_clear = False  # merged or switched: which of them counts is not written
    return [*stacks, *several] if several else links[:1]


def _encoders_agree(nodes: Nodes, sampler: str, entries: list[Entry]) -> bool:
    """Whether the text encoder has no LoRA that the model has not."""
    names = {entry.name for entry in entries}
    for name in _behind(nodes, sampler):
        inputs = nodes[name]["inputs"]
        if "text" in inputs and is_link(inputs.get("clip")):
            found = _chain(nodes, inputs["clip"], "clip")
            if not found.is_clear or not {entry.name for entry in found.entries} <= names:
                return False
    return True


def _prompt(nodes: Nodes, sampler: str, side: str) -> str:
    inputs = nodes[sampler]["inputs"]
    guider = inputs.get("guider")
    if is_link(guider):
        inputs = nodes.get(str(guider[0]), {}).get("inputs", {})
    link = inputs.get(side)
    if link is None and side == "positive":
        link = inputs.get("conditioning")
    return text_behind(nodes, link, side)


def _settings(nodes: Nodes, sampler: str, base: str) -> dict[str, str]:
    inputs = dict(nodes[sampler]["inputs"])
    for key in ("noise", "sigmas", "guider", "sampler"):
        if is_link(inputs.get(key)):
            inputs |= nodes.get(str(inputs[key][0]), {}).get("inputs", {})
    found = {"Model": plain_name(base)}
    names = {
        "Seed": _SEEDS,
        "Steps": ("steps",),
        "CFG scale": ("cfg",),
        "Sampler": ("sampler_name",),
    }
    for name, keys in names.items():
        values = (value_behind(nodes, inputs[key]) for key in keys if key in inputs)
        found[name] = next((str(value) for value in values if value is not None), "")
    return {name: value for name, value in found.items() if value}

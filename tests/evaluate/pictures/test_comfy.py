"""ComfyUI's graphs, followed where that is possible."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_eval.pictures.read_metadata import metadata_in

PLAIN: dict[str, Any] = {
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "anime/any.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512}},
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "mira, smile", "clip": ["4", 1]}},
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "bad", "clip": ["4", 1]}},
    "3": {"class_type": "KSampler", "inputs": {
        "seed": 12345678901234567890, "steps": 20, "cfg": 7.5, "sampler_name": "euler",
        "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "a"}},
}  # fmt: skip


def graph(**nodes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """The plain graph with further nodes; `n10` is node 10, and the sampler's model is that one."""
    made = deepcopy(PLAIN)
    for name, (kind, inputs) in nodes.items():
        made[name.removeprefix("n")] = {"class_type": kind, "inputs": inputs}
    if nodes:
        made["3"]["inputs"]["model"] = [next(reversed(nodes)).removeprefix("n"), 0]
    return made


def read(data: Any, name: str = "prompt") -> tuple[list[tuple[str, float]], bool]:
    found = metadata_in({name: json.dumps(data)})
    return [(call.name, call.strength) for call in found.loras], bool(found.unclear)


def loader(name: str, weight: float, model: list[Any], clip: list[Any]) -> tuple[str, Any]:
    inputs = {"lora_name": name, "strength_model": weight, "strength_clip": 0.5, "model": model,
              "clip": clip}  # fmt: skip
    return "LoraLoader", inputs


def test_a_graph_without_lora_is_the_bases() -> None:
    found = metadata_in({"prompt": json.dumps(PLAIN), "workflow": '{"nodes": []}'})
    assert (found.prompt, found.negative, found.seed) == (
        "mira, smile",
        "bad",
        12345678901234567890,
    )
    assert not found.loras and not found.unclear and found.has_text
    assert found.settings["Model"] == "anime/any" and found.settings["CFG scale"] == "7.5"


def test_loaders_are_followed_in_their_order() -> None:
    data = graph(
        n10=loader("sub\\mira.safetensors", 0.8, ["4", 0], ["4", 1]),
        n11=loader("detail.safetensors", 0.3, ["10", 0], ["10", 1]),
        n12=("FreeU_V2", {"model": ["11", 0], "b1": 1.3}),
    )
    data["6"]["inputs"]["clip"] = ["11", 1]
    assert read(data) == ([("sub/mira", 0.8), ("detail", 0.3)], False)
    assert metadata_in({"prompt": json.dumps(data)}).loras[0].text_strength == 0.5


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("LoraLoaderModelOnly", {"lora_name": "mira.safetensors", "strength_model": 0.8}),
        ("LoraLoader|pysssss", {"lora_name": {"content": "mira.safetensors", "image": None},
                                "strength_model": 0.8, "strength_clip": 1}),
        ("Power Lora Loader (rgthree)", {
            "PowerLoraLoaderHeaderWidget": {"type": "PowerLoraLoaderHeaderWidget"},
            "lora_1": {"on": True, "lora": "mira.safetensors", "strength": 0.8},
            "lora_2": {"on": False, "lora": "other.safetensors", "strength": 1}, "": ""}),
        ("Lora Loader Stack (rgthree)", {"lora_01": "mira.safetensors", "strength_01": 0.8,
                                         "lora_02": "None", "strength_02": 1}),
        ("Lora Loader (LoraManager)", {"text": "<lora:mira:0.8>", "loras": {"__value__": [
            {"name": "mira", "strength": 0.8, "active": True}]}}),
        ("LoraTagLoader", {"text": "<lora:mira:0.8>"}),
        ("ImpactWildcardEncode", {"wildcard_text": "x", "populated_text": "mira <lora:mira:0.8>"}),
    ],
)  # fmt: skip
def test_loaders_of_extensions_are_read(kind: str, inputs: dict[str, Any]) -> None:
    assert read(graph(n10=(kind, {"model": ["4", 0], **inputs}))) == ([("mira", 0.8)], False)


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("CR LoRA Stack", {"switch_1": "On", "lora_name_1": "mira.safetensors",
                           "model_weight_1": 0.8, "clip_weight_1": 0.8, "switch_2": "Off",
                           "lora_name_2": "b.safetensors", "model_weight_2": 1.0}),
        ("LoRA Stacker", {"input_mode": "simple", "lora_count": 1, "lora_name_1": "mira",
                          "lora_wt_1": 0.8, "model_str_1": 1.0, "lora_name_2": "b",
                          "lora_wt_2": 1.0}),
        ("easy loraStack", {"toggle": True, "mode": "simple", "num_loras": 1,
                            "lora_1_name": "mira", "lora_1_strength": 0.8,
                            "lora_1_model_strength": 1.0}),
    ],
)  # fmt: skip
def test_stacks_are_followed(kind: str, inputs: dict[str, Any]) -> None:
    data = graph(
        n10=(kind, inputs),
        n11=("CR Apply LoRA Stack", {"model": ["4", 0], "lora_stack": ["10", 0]}),
    )
    assert read(data) == ([("mira", 0.8)], False)


def test_values_from_other_nodes_are_followed() -> None:
    data = graph(n10=("LoraLoader", {"lora_name": ["20", 0], "strength_model": ["21", 0],
                                     "model": ["4", 0]}))  # fmt: skip
    data["20"] = {"class_type": "String", "inputs": {"value": "mira.safetensors"}}
    data["21"] = {"class_type": "Float", "inputs": {"value": 0.8}}
    data["22"] = {"class_type": "Seed", "inputs": {"seed": 7}}
    data["3"]["inputs"]["seed"] = ["22", 0]
    data["6"]["inputs"]["text"] = ["23", 0]
    data["23"] = {"class_type": "StringConcatenate", "inputs": {
        "string_a": "mira", "string_b": "smile", "delimiter": ", "}}  # fmt: skip
    found = metadata_in({"prompt": json.dumps(data)})
    assert read(data) == ([("mira", 0.8)], False)
    assert (found.seed, found.prompt) == (7, "mira, smile")


def test_a_second_pass_counts_as_the_same_picture() -> None:
    data = graph(n10=loader("mira", 0.8, ["4", 0], ["4", 1]))
    second = deepcopy(data["3"])
    second["inputs"] |= {"seed": 9, "latent_image": ["3", 0]}
    data["30"] = second
    data["8"]["inputs"]["samples"] = ["30", 0]
    found = metadata_in({"prompt": json.dumps(data)})
    assert read(data) == ([("mira", 0.8)], False) and found.seed == 12345678901234567890
    data["30"]["inputs"]["model"] = ["4", 0]
    assert read(data) == ([], True)


def test_a_guider_is_followed() -> None:
    data = graph(n10=loader("mira", 0.8, ["4", 0], ["4", 1]))
    data["3"] = {"class_type": "SamplerCustomAdvanced", "inputs": {
        "noise": ["40", 0], "guider": ["41", 0], "latent_image": ["5", 0]}}  # fmt: skip
    data["40"] = {"class_type": "RandomNoise", "inputs": {"noise_seed": 5}}
    data["41"] = {"class_type": "CFGGuider", "inputs": {
        "model": ["10", 0], "positive": ["6", 0], "negative": ["7", 0], "cfg": 4}}  # fmt: skip
    found = metadata_in({"prompt": json.dumps(data)})
    assert read(data) == ([("mira", 0.8)], False) and (found.seed, found.prompt) == (
        5,
        "mira, smile",
    )


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("SomeLoraThing", {"model": ["4", 0], "what": 1}),
        ("LoraLoader", {"lora_name": "a", "strength_model": "nan", "model": ["4", 0]}),
        ("LoraLoader", {"lora_name": ["99", 0], "strength_model": 1, "model": ["4", 0]}),
        ("LoraLoader", {"lora_name": 5, "strength_model": 1, "model": ["4", 0]}),
        ("LoraLoader", {"lora_name": "a", "strength_model": 1, "model": ["99", 0]}),
        ("LoraLoader", {"lora_name": "a", "strength_model": 1, "model": ["10", 0]}),
        ("LoraTagLoader", {"text": "<lora:a:on>", "model": ["4", 0]}),
        ("ModelSwitch", {"model1": ["4", 0], "model2": ["50", 0]}),
    ],
)
def test_what_cannot_be_followed_is_unclear(kind: str, inputs: dict[str, Any]) -> None:
    data = graph(n10=(kind, inputs))
    data["50"] = {"class_type": "LoraLoader", "inputs": {
        "lora_name": "b", "strength_model": 1, "model": ["4", 0]}}  # fmt: skip
    found, unclear = read(data)
    assert found == [] and unclear


def test_a_lora_on_the_text_encoder_alone_or_in_words_is_unclear() -> None:
    data = graph()
    data["50"] = {"class_type": "LoraLoader", "inputs": dict(
        lora_name="b", strength_model=1, model=["4", 0], clip=["4", 1])}  # fmt: skip
    data["6"]["inputs"]["clip"] = ["50", 1]
    assert read(data) == ([], True)
    words = graph()
    words["6"]["inputs"]["text"] = "mira <lora:mira:1>"
    assert read(words) == ([], True)


def test_an_editors_graph_alone_is_unclear_where_it_has_loras() -> None:
    flow = {"nodes": [{"type": "LoraLoader", "widgets_values": ["mira", 1, 1]}], "links": []}
    assert metadata_in({"workflow": json.dumps(flow)}).unclear
    assert not metadata_in({"workflow": '{"nodes": [], "links": []}'}).unclear


def test_graphs_in_exif_are_found() -> None:
    data = graph(n10=loader("mira", 0.8, ["4", 0], ["4", 1]))
    found = metadata_in({"Model": f"prompt:{json.dumps(data)}", "Make": 'workflow:{"nodes": []}'})
    assert [call.name for call in found.loras] == ["mira"]


def test_the_graph_names_loras_that_a_text_beside_it_does_not() -> None:
    data = graph(n10=loader("mira", 0.8, ["4", 0], ["4", 1]))
    text = "mira, smile\nSteps: 20, Sampler: euler, Seed: 7, Size: 64x64"
    found = metadata_in({"parameters": text, "prompt": json.dumps(data)})
    assert [call.name for call in found.loras] == ["mira"] and found.seed == 7


_links = st.tuples(st.integers(0, 5).map(str), st.integers(0, 2)).map(list)
_inputs = st.dictionaries(
    st.sampled_from(["model", "clip", "positive", "negative", "latent_image", "seed", "text",
                     "lora_name", "strength_model", "lora_1", "lora_stack", "guider", "noise",
                     "ckpt_name", "conditioning", "images", "samples", "value"]),
    _links | st.text(max_size=5) | st.floats() | st.none() | st.lists(st.integers(), max_size=3)
    | st.dictionaries(st.sampled_from(["lora", "on", "strength"]), st.text(max_size=3)),
)  # fmt: skip
_graphs = st.dictionaries(
    st.integers(0, 5).map(str),
    st.fixed_dictionaries({
        "class_type": st.sampled_from(["KSampler", "LoraLoader", "CLIPTextEncode", "SaveImage",
                                       "LoRA Stacker", "ConditioningZeroOut", "x"]),
        "inputs": _inputs,
    }),
)  # fmt: skip


@given(_graphs)
def test_any_graph_is_read_without_an_error(data: dict[str, Any]) -> None:
    found = metadata_in({"prompt": json.dumps(data)})
    assert all(call.name for call in found.loras)

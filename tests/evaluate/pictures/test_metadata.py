"""What A1111's settings and the JSON of other programs say of LoRAs, prompts and seeds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_eval.pictures.metadata import Metadata, mentions_lora, plain_name, size_of, whole
from lora_eval.pictures.read_metadata import metadata_in

LINE = "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 64x64"


def loras(found: Metadata) -> list[tuple[str, float]]:
    return [(call.name, call.strength) for call in found.loras]


@pytest.mark.parametrize(
    ("settings", "expected", "unknown"),
    [
        ('Lora hashes: "mira: 0123abcd4567"', [("mira", 1.0)], True),
        ('Lora hashes: "mira: 0123abcd4567", Lora weights: "mira: 0.8"', [("mira", 0.8)], False),
        (
            'Civitai resources: [{"type":"checkpoint"\\,"modelVersionId":1}]'.replace("\\,", ","),
            [], False,
        ),
        ('Hashes: "{\\"vae\\": \\"1\\", \\"lora:mira\\": \\"2\\"}"', [("mira", 1.0)], True),
        (
            "AddNet Enabled: True, AddNet Module 1: LoRA, AddNet Model 1: mira(0123abcd4567), "
            "AddNet Weight A 1: 0.8, AddNet Weight B 1: 0.8",
            [("mira", 0.8)], False,
        ),
    ],
)  # fmt: skip
def test_settings_name_loras(
    settings: str, expected: list[tuple[str, float]], unknown: bool
) -> None:
    found = metadata_in({"parameters": f"mira, smile\n{LINE}, {settings}"})
    assert loras(found) == expected and found.strength_unknown == unknown


@pytest.mark.parametrize("quoted", [True, False])
def test_civitais_resources_name_loras(quoted: bool) -> None:
    listed = json.dumps([
        {"type": "checkpoint", "modelVersionId": 1, "modelName": "base"},
        {"type": "lora", "weight": 0.8, "modelName": "Mira", "modelVersionName": "v2"},
        {"type": "LoCon", "weight": 0.3, "modelVersionId": 77},
    ])  # fmt: skip
    text = json.dumps(listed) if quoted else listed
    found = metadata_in({"parameters": f"mira\n{LINE}, Civitai resources: {text}, Version: v1"})
    assert loras(found) == [("Mira v2", 0.8), ("77", 0.3)]
    assert found.settings["Version"] == "v1"


@pytest.mark.parametrize(
    "text",
    [
        f"mira <lora:x:nan>\n{LINE}",
        f"mira <lora:x:on>\n{LINE}",
        f"mira <lora:x\n{LINE}",
        f"mira <hypernet:x:1>\n{LINE}",
        f"mira\n{LINE}, Hypernet: x",
        f"mira\n{LINE}, LoRA networks: ???",
        f"mira\n{LINE}, Hires prompt: <lora:x:1> mira",
        f"mira\n{LINE}, Civitai resources: [{{broken",
        '{"sui_image_params": {"prompt": "mira", "loras": {"a": "high"}}}',
        '{"prompt": "mira", "loras": 5}',
        '{"prompt": "mira", "loras": ["a"], "loraweights": ["nan"]}',
        '{"prompt": "mira", "extra": {"lora_name": "x"}}',
        '{"prompt": "mira", "loras": [["a", 1e999]]}',
        '{"prompt": "mira", "loras": [["a", 0.8]',
    ],
)
def test_what_cannot_be_read_is_unclear_and_no_lora(text: str) -> None:
    found = metadata_in({"parameters": text})
    assert found.unclear and not found.loras


@pytest.mark.parametrize(
    ("text", "prompt", "negative"),
    [
        ("mira", "mira", ""),
        ("mira\nNegative prompt:bad", "mira", "bad"),
        ("mira\r\nNegative prompt: bad\r\nworse\r\nSteps: 20, Seed: 3", "mira", "bad\nworse"),
        ("mira\n  Negative prompt: bad\nSteps: 20, Seed: 3", "mira", "bad"),
        ("mira\nNegative prompt: bad\n\nworse\nSteps: 20, Seed: 3\n\n", "mira", "bad\n\nworse"),
        ("Negative prompt: bad\nSteps: 20, Seed: 3", "", "bad"),
        ("Steps: 20, Seed: 3, Size: 1x1", "", ""),
        ("mira\nSeed: 3, Sampler: x, Model: y", "mira", ""),
        ('mira\nSteps: 20, Model: "a, b: c", Seed: 3', "mira", ""),
        (r'mira' "\n" r'Steps: 20, Model: "C:\models\a, b", Seed: 3', "mira", ""),
    ],
)  # fmt: skip
def test_a1111s_text_is_read_leniently(text: str, prompt: str, negative: str) -> None:
    found = metadata_in({"parameters": text})
    assert (found.prompt, found.negative) == (prompt, negative)
    assert found.seed == (3 if "Seed" in text else None)


@pytest.mark.parametrize(
    ("data", "expected", "seed"),
    [
        ({"sui_image_params": {"prompt": "mira", "seed": 55, "loras": ["sub/mira.safetensors"],
                               "loraweights": ["0.8"]}}, [("sub/mira", 0.8)], 55),
        ({"sui_image_params": {"prompt": "mira <lora:mira:0.8>", "seed": 5, "loras": "mira",
                               "loraweights": "0.8"}}, [("mira", 0.8)], 5),
        ({"sui_image_params": {"prompt": "mira <lora:mira:0.8>", "seed": 5}}, [("mira", 0.8)], 5),
        ({"prompt": "mira", "seed": "54", "loras": [["mira.safetensors", 0.8, "abc"]]},
         [("mira", 0.8)], 54),
        ({"prompt": "mira", "seed": "54", "lora_combined_1": "mira.safetensors : 0.8"},
         [("mira", 0.8)], 54),
        ({"prompt": "mira", "seed": 2**64 - 1, "loras": [[False, "x", 1.0], [True, "mira", 0.8]]},
         [("mira", 0.8)], 2**64 - 1),
        ({"positive_prompt": "mira", "seed": 1, "loras": [
            {"model": {"key": "k", "name": "mira"}, "weight": 0.8}]}, [("mira", 0.8)], 1),
        ({"positive_prompt": "mira", "seed": 1, "loras": [
            {"lora": {"model_name": "mira"}, "weight": 0.8}]}, [("mira", 0.8)], 1),
        ({"c": "mira", "seed": 1, "lora": [{"model": "mira", "weight": 0.8}]}, [("mira", 0.8)], 1),
        ({"image": {"prompt": [{"prompt": "mira, withLora(mira,0.8)", "weight": 1}], "seed": 9}},
         [("mira", 0.8)], 9),
        ({"prompt": "mira", "seed": 1, "use_lora_model": "mira", "lora_alpha": 0.8},
         [("mira", 0.8)], 1),
        ({"prompt": "mira", "seed": 1, "loras": {"mira": 0.8}}, [("mira", 0.8)], 1),
        ({"prompt": "mira", "seed": 1, "loras": []}, [], 1),
        ({"prompt": "mira", "seed": True, "loras": ["None"]}, [], None),
    ],
)  # fmt: skip
def test_json_of_other_programs_is_read(
    data: dict[str, Any], expected: list[tuple[str, float]], seed: int | None
) -> None:
    for name in ("parameters", "UserComment", "invokeai_metadata", "sd-metadata"):
        found = metadata_in({name: json.dumps(data)})
        assert loras(found) == expected and found.seed == seed and not found.unclear, name
        assert found.prompt.strip(" ,") == "mira" and found.has_text


def test_novelai_is_nobodys_base() -> None:
    texts = {"Software": "NovelAI", "Comment": '{"prompt": "mira", "seed": 1}'}
    assert metadata_in(texts).unclear
    assert metadata_in({"Source": "NovelAI Diffusion V4"}).unclear


def test_hints_name_the_way_a_lora_is_called() -> None:
    for name in ("mira.safetensors", "sub/mira", "sub\\mira.pt"):
        found = metadata_in({"parameters": f"mira <lora:{name}:1>\n{LINE}"})
        assert "<lora:mira:...>" in found.hints[0]
    assert not metadata_in({"parameters": f"mira <lora:mira:1>\n{LINE}"}).hints


def test_words_that_hold_the_letters_mention_no_lora() -> None:
    assert not mentions_lora("flora, exploration, colorado, FLORA")
    assert mentions_lora("with lora x") and mentions_lora("PowerLoraLoader")


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("-1", -1), ("9" * 5000, None), (str(2**64 - 1), 2**64 - 1), (str(2**64), None),
     ("1.5", None), ("²", None), ("", None), ("--1", None)],
)  # fmt: skip
def test_numbers_have_at_most_64_bits(text: str, number: int | None) -> None:
    assert whole(text) == number


def test_sizes() -> None:
    assert size_of("(1152, 896)") == size_of("1152x896") == size_of("1152 × 896") == (1152, 896)
    assert size_of("9" * 5000) is None and size_of(f"{'9' * 5000}x1") is None


@given(st.text())
def test_a_plain_name_has_no_ending(name: str) -> None:
    assert not plain_name(name + ".safetensors").endswith(".safetensors") or name.endswith(
        (".safetensors", "\\", "/")
    )


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["prompt", "loras", "lora", "seed", "class_type", "inputs", "model",
                         "positive", "latent_image", "lora_name", "strength_model", "nodes"])
        | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(_values, st.sampled_from(["parameters", "prompt", "workflow", "UserComment", "Comment"]))
def test_any_json_and_any_text_is_read_without_an_error(value: object, name: str) -> None:
    metadata_in({name: json.dumps(value)})


@given(st.dictionaries(st.sampled_from(["parameters", "prompt", "x", "Model"]), st.text()))
def test_any_texts_are_read_without_an_error(texts: dict[str, str]) -> None:
    metadata_in(texts)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"seed": ' + "9" * 5000 + "}"])
def test_json_without_end_is_no_error(text: str) -> None:
    assert not metadata_in({"parameters": text}).loras
    assert not metadata_in({"prompt": text}).loras

"""Alpha outside the tensors, bundled embeddings, and files that are damaged in every way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from lora_wizard.errors import LoraFileError
from lora_wizard.lora import LoraFile, load_lora
from lora_wizard.lora.container import LONGEST_HEADER, MOST_TENSORS
from lora_wizard.lora.inspecting import inspect_file

NAME = "lora_unet_mid_block_attentions_0_proj_in"
PATH = "mid_block.attentions.0.proj_in"


def pair(start: str = f"base_model.model.{PATH}.lora_", rank: int = 4) -> dict[str, Tensor]:
    return {f"{start}A.weight": torch.ones(rank, 8), f"{start}B.weight": torch.ones(8, rank)}


def kohya(alpha: Tensor | None = None, name: str = NAME) -> dict[str, Tensor]:
    found = {
        f"{name}.lora_down.weight": torch.ones(4, 8),
        f"{name}.lora_up.weight": torch.ones(8, 4),
    }
    return found if alpha is None else found | {f"{name}.alpha": alpha}


def saved(path: Path, tensors: dict[str, Tensor], **metadata: str) -> Path:
    safetensors.torch.save_file(tensors, path, metadata or None)
    return path


def alpha_of(lora: LoraFile) -> float:
    (module,) = lora.modules.values()
    return module.alpha


@pytest.mark.parametrize(
    ("config", "alpha"),
    [
        ({"r": 4, "lora_alpha": 2}, 2),
        ({"r": 4, "lora_alpha": 2, "use_rslora": True}, 4),
        ({"r": 4, "lora_alpha": 2, "alpha_pattern": {"proj_in": 3}}, 3),
        ({"r": 4, "lora_alpha": 2, "alpha_pattern": {"j_in": 3}}, 2),
        ({"r": 4, "lora_alpha": True}, 4),
        ({"r": 4, "lora_alpha": "2"}, 4),
        ({}, 4),
        ([], 4),
    ],
)
def test_pefts_alpha_is_read_from_the_file_beside(
    tmp_path: Path, config: Any, alpha: float
) -> None:
    path = saved(tmp_path / "adapter_model.safetensors", pair())
    (tmp_path / "adapter_config.json").write_text(json.dumps(config))
    assert alpha_of(load_lora(path)) == pytest.approx(alpha)


def test_settings_of_another_rank_beside_another_name_are_another_files(tmp_path: Path) -> None:
    path = saved(tmp_path / "mira.safetensors", pair())
    beside = tmp_path / "adapter_config.json"
    beside.write_text(json.dumps({"r": 8, "lora_alpha": 2}))
    assert alpha_of(load_lora(path)) == 4
    beside.write_text(json.dumps({"r": 4, "lora_alpha": 2}))
    assert alpha_of(load_lora(path)) == 2


def test_settings_beside_do_not_touch_files_of_other_programs(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text(json.dumps({"r": 4, "lora_alpha": 2}))
    for tensors in (kohya(), pair(f"unet.{PATH}.lora_"), pair("diffusion_model.middle_block.1."
                    "proj_in.lora_")):  # fmt: skip
        path = saved(tmp_path / "adapter_model.safetensors", tensors)
        assert alpha_of(load_lora(path)) == 4


@pytest.mark.parametrize("text", ["{", "[" * 5000, '{"lora_alpha": 1e999}', '{"r": ' + "9" * 5000])
def test_settings_beside_that_cannot_be_read_are_an_error(tmp_path: Path, text: str) -> None:
    path = saved(tmp_path / "adapter_model.safetensors", pair())
    (tmp_path / "adapter_config.json").write_text(text)
    with pytest.raises(LoraFileError, match=r"adapter_model.safetensors: adapter_config.json"):
        load_lora(path)


def test_without_settings_beside_alpha_is_the_rank_and_that_is_told(tmp_path: Path) -> None:
    lora = load_lora(saved(tmp_path / "a.safetensors", pair()))
    assert alpha_of(lora) == 4
    assert "adapter_config.json" in lora.notes[0]
    seen = inspect_file(lora.path)
    assert (seen.naming, seen.method) == ("PEFT", "LoRA")
    assert "no_peft_alpha" in {each.key for each in seen.findings}


@pytest.mark.parametrize("stabilised", [False, True])
def test_inspect_tells_the_headers_alpha(tmp_path: Path, stabilised: bool) -> None:
    told = {"unet.r": 4, "unet.lora_alpha": 2, "unet.use_rslora": stabilised}
    header = {"lora_adapter_metadata": json.dumps(told)}
    seen = inspect_file(saved(tmp_path / "a.safetensors", pair(f"unet.{PATH}.lora_"), **header))
    assert dict(seen.parts[0].alphas) == {4.0 if stabilised else 2.0: 1}
    found = {each.key: each.values for each in seen.findings}
    values = found["stabilised" if stabilised else "told_alpha"]
    assert (values["alpha"], values["rank"]) == ("2", 4)
    assert values["acts"] == ("4" if stabilised else "2")


def test_an_embedding_in_the_bundle_is_named_and_the_lora_used(tmp_path: Path) -> None:
    bundle = {"bundle_emb.mira.string_to_param.*": torch.ones(2, 8)}
    lora = load_lora(saved(tmp_path / "a.safetensors", kohya() | bundle))
    assert set(lora.modules) == {NAME}
    assert "the embedding mira, which is not used" in lora.notes[0]
    assert "embeddings" in {each.key for each in inspect_file(lora.path).findings}
    with pytest.raises(LoraFileError, match="is not a LoRA"):
        load_lora(saved(tmp_path / "b.safetensors", bundle))


def test_an_alpha_of_zero_is_told(tmp_path: Path) -> None:
    lora = load_lora(saved(tmp_path / "a.safetensors", kohya(torch.tensor(0.0))))
    assert alpha_of(lora) == 4
    assert "alpha is 0 in 1 of 1 layers" in lora.notes[0]
    seen = inspect_file(lora.path)
    assert dict(seen.parts[0].alphas) == {0.0: 1}
    assert "zero_alpha" in {each.key for each in seen.findings}


@pytest.mark.parametrize(
    ("alpha", "value"),
    [(torch.tensor([2.0]), 2), (torch.tensor([[2]]), 2), (torch.tensor(-1.0), -1)],
)
def test_alpha_may_have_any_shape_of_one_value(tmp_path: Path, alpha: Tensor, value: float) -> None:
    assert alpha_of(load_lora(saved(tmp_path / "a.safetensors", kohya(alpha)))) == value


def test_numbers_of_eight_bits_are_read(tmp_path: Path) -> None:
    tensors = {name: each.to(torch.float8_e4m3fn) for name, each in kohya().items()}
    lora = load_lora(saved(tmp_path / "a.safetensors", tensors))
    assert {module.down.dtype for module in lora.modules.values()} == {torch.float32}
    assert inspect_file(lora.path).types == ("float8_e4m3fn",)


def damaged(**changed: Tensor) -> dict[str, Tensor]:
    parts = {"lora_down.weight": torch.ones(4, 8), "lora_up.weight": torch.ones(8, 4)}
    parts |= {name.replace("_weight", ".weight"): each for name, each in changed.items()}
    return {f"{NAME}.{part}": each for part, each in parts.items()}


@pytest.mark.parametrize(
    ("tensors", "what"),
    [
        (damaged(alpha=torch.ones(2)), "alpha has 2 values"),
        (damaged(alpha=torch.ones(0)), "alpha has 0 values"),
        (damaged(lora_down_weight=torch.ones(0, 8), lora_up_weight=torch.ones(8, 0)), "are empty"),
        (damaged(lora_down_weight=torch.ones(4, 0)), "are empty"),
        (damaged(lora_down_weight=torch.tensor(1.0), lora_up_weight=torch.tensor(1.0)), "no pair"),
        (damaged(lora_down_weight=torch.ones(4)), "no pair"),
        (damaged(lora_down_weight=torch.ones(4, 8, 3)), "no pair"),
        (damaged(lora_up_weight=torch.ones(8, 4, 3, 3)), "no pair"),
        (damaged(lora_up_weight=torch.ones(8, 4, dtype=torch.int64)), "no fractions but int64"),
        (damaged(lora_up_weight=torch.ones(8, 4, dtype=torch.bool)), "no fractions but bool"),
        (damaged(lora_up_weight=torch.ones(8, 4, dtype=torch.complex64)), "but complex64"),
        (damaged(alpha=torch.tensor(torch.inf)), "not finite"),
        (damaged(alpha=torch.tensor(torch.nan)), "not finite"),
    ],
)
def test_impossible_layers_are_refused_and_inspected(
    tmp_path: Path, tensors: dict[str, Tensor], what: str
) -> None:
    path = saved(tmp_path / "a.safetensors", tensors)
    with pytest.raises(LoraFileError, match=what) as caught:
        load_lora(path)
    assert "a.safetensors" in str(caught.value)
    errors = {each.key for each in inspect_file(path).findings if each.severity == "error"}
    assert errors == {"not_finite" if what == "not finite" else "impossible"}


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("ss_tag_frequency", "[" * 5000, "ss_tag_frequency in its header cannot be read"),
        ("ss_bucket_info", '{"a":' * 5000 + "1", "ss_bucket_info in its header"),
        ("ss_dataset_dirs", '{"a": ' + "9" * 5000 + "}", "5,000 digits"),
        ("ss_epoch", "9" * 5000, "ss_epoch in its header is a number of 5,000 digits"),
        ("ss_network_dim", "9" * 31, "31 digits"),
    ],
)
def test_a_header_that_no_trainer_writes_is_damaged(
    tmp_path: Path, key: str, value: str, what: str
) -> None:
    path = saved(tmp_path / "a.safetensors", kohya(), **{key: value})
    for read in (load_lora, inspect_file):
        with pytest.raises(LoraFileError, match=what):
            read(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ss_network_dim", "9" * 30),
        ("sshs_model_hash", "1" * 64),
        ("ss_new_sd_model_hash", "1" * 64),
        ("ss_tag_frequency", '{"a": {"mira": Infinity}}'),
        ("ss_tag_frequency", "{broken"),
    ],
)
def test_a_header_of_little_sense_stops_nothing(tmp_path: Path, key: str, value: str) -> None:
    path = saved(tmp_path / "a.safetensors", kohya(), **{key: value})
    assert load_lora(path).rank == 4
    assert inspect_file(path).ranks == (4,)


def container(path: Path, header: str | bytes, *, length: int | None = None) -> Path:
    text = header.encode() if isinstance(header, str) else header
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text)
    return path


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ('{"a":' + "[" * 5000, "nested"),
        ('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1e999]}}', "damaged header"),
        ('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,-4]}}', "no whole number"),
        ('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,true]}}', "no whole number"),
        ('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,' + "9" * 5000 + "]}}", "5,000 digits"),
        ('{"a":{"dtype":"F32","shape":[1],"data_offsets":{}}}', "damaged header"),
        ('{"a":{"dtype":"XYZ","shape":[0],"data_offsets":[0,0]}}', "cannot be read"),
        ('{"__metadata__":{"a":1}}', "cannot be read"),
        (b'{"\xff":1}', "damaged header"),
        ("{}", "it holds no tensors"),
    ],
)
def test_a_damaged_container_is_an_error_in_words(
    tmp_path: Path, header: str | bytes, what: str
) -> None:
    path = container(tmp_path / "a.safetensors", header)
    with pytest.raises(LoraFileError, match=what) as caught:
        load_lora(path)
    assert "a.safetensors" in str(caught.value)


def many(count: int) -> str:
    entry = {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]}
    return json.dumps({f"lora_unet_{number}.alpha": entry for number in range(count)})


def test_too_many_tensors_are_refused_by_number(tmp_path: Path) -> None:
    path = container(tmp_path / "a.safetensors", many(MOST_TENSORS + 1))
    with pytest.raises(LoraFileError, match="holds 20,001 tensors; at most 20,000 are read"):
        load_lora(path)
    with pytest.raises(LoraFileError, match="unknown or unpaired"):
        load_lora(container(path, many(MOST_TENSORS)))


def test_too_long_a_header_is_refused_by_number(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    with container(path, b"{", length=LONGEST_HEADER + 1).open("ab") as file:
        file.truncate(LONGEST_HEADER + 100)
    with pytest.raises(LoraFileError, match="header of 32,000,001 bytes; at most 32,000,000"):
        load_lora(path)


HEADER_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.lists(st.integers(-1, 40), max_size=5), st.dictionaries(st.text(max_size=3), st.integers()),
)  # fmt: skip
ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F16", "F32", "BF16", "I64", "BOOL", "F8_E4M3", "U8", "x"]),
        "shape": st.lists(st.integers(0, 4), max_size=5) | HEADER_VALUES,
        "data_offsets": st.lists(st.integers(0, 40), min_size=2, max_size=2) | HEADER_VALUES,
    }
)
KEYS = st.sampled_from(
    [f"{NAME}.lora_down.weight", f"{NAME}.lora_up.weight", f"{NAME}.alpha", "__metadata__",
     "bundle_emb.x.emb_params", "unet.conv_in.lora_A.weight", "\x1b[2J.lora_A.weight"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, ENTRIES | HEADER_VALUES, max_size=6), st.binary(max_size=60))
def test_no_file_ends_in_another_error(
    tmp_path_factory: pytest.TempPathFactory, header: dict[str, Any], content: bytes
) -> None:
    path = tmp_path_factory.mktemp("x") / "a.safetensors"
    container(path, json.dumps(header))
    with path.open("ab") as file:
        file.write(content)
    for read in (load_lora, inspect_file):
        try:
            read(path)
        except LoraFileError as error:
            assert "a.safetensors" in str(error)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["lora_down.weight", "lora_up.weight", "alpha", "lora_mid.weight"]),
        st.tuples(
            st.lists(st.integers(0, 3), max_size=5),
            st.sampled_from([torch.float32, torch.float16, torch.bfloat16, torch.float8_e5m2,
                             torch.int8, torch.bool, torch.complex64]),
            st.sampled_from([0.0, 1.0, -1.0, torch.nan, torch.inf]),
        ),
        max_size=4,
    ),
    st.dictionaries(
        st.sampled_from(["ss_tag_frequency", "ss_epoch", "ss_network_dim", "sshs_model_hash",
                         "lora_adapter_metadata", "ss_dataset_dirs", "ss_training_started_at"]),
        st.sampled_from(["", "9" * 40, "nan", "1e999", "[[]]", '{"a": {"b": 1e999}}', "{", "-1",
                         '{"unet": {"lora_alpha": 1}}', '{"unet": 3}', "\x1b[2J"]),
    ),
)  # fmt: skip
def test_no_shape_type_or_header_ends_in_another_error(
    tmp_path_factory: pytest.TempPathFactory,
    parts: dict[str, tuple[list[int], torch.dtype, float]],
    header: dict[str, str],
) -> None:
    tensors = {
        f"{NAME}.{part}": torch.full(shape, 1.0).mul(value).to(dtype)
        for part, (shape, dtype, value) in parts.items()
    }
    path = saved(tmp_path_factory.mktemp("x") / "a.safetensors", tensors, **header)
    for read in (load_lora, inspect_file):
        try:
            seen = read(path)
        except LoraFileError as error:
            assert "a.safetensors" in str(error)
        else:
            assert seen.findings if hasattr(seen, "findings") else seen.modules

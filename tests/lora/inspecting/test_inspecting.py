"""What is told of files: ours, other trainers', other methods', broken ones."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

from lora_wizard.errors import LoraFileError
from lora_wizard.lora import attach, load_lora, save_lora
from lora_wizard.lora.inspecting import Inspection, inspect_file
from lora_wizard.lora.inspecting.header import always, base_model, settings, tags, triggers
from lora_wizard.recipe import NetworkSettings

from .. import expected, tiny

HEADERS = {
    "sd1": {"ss_v2": "False", "ss_base_model_version": "sd_v1"},
    "sd2": {"ss_v2": "True", "ss_base_model_version": "sd_v2"},
    "sdxl": {"ss_v2": "False", "ss_base_model_version": "sdxl_base_v1-0"},
}


def written(path: Path, tensors: dict[str, Tensor], **metadata: str) -> Inspection:
    safetensors.torch.save_file(tensors, path, metadata or None)
    return inspect_file(path)


def full_size(shapes: expected.Shapes) -> dict[str, Tensor]:
    """A file of a full-size model's shapes, at rank 1."""
    return {
        name: torch.ones(shape, dtype=torch.float16) if shape else torch.tensor(1.0).half()
        for name, shape in shapes.items()
    }


def keys(seen: Inspection) -> set[str]:
    return {finding.key for finding in seen.findings}


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_a_good_file_of_each_family_has_nothing_wrong(tmp_path: Path, family: str) -> None:
    tensors = full_size(getattr(expected, family)(1))
    seen = written(tmp_path / "a.safetensors", tensors, **HEADERS[family])
    assert (seen.family, seen.method, seen.naming, seen.types) == (
        family,
        "LoRA",
        "kohya",
        ("fp16",),
    )
    assert seen.ranks == (1,)
    assert seen.findings == ()
    assert sum(part.layers for part in seen.parts) == len(tensors) // 3


def test_the_change_is_the_norm_of_the_whole_products(tmp_path: Path) -> None:
    unet, encoder = tiny.tiny_unet(), tiny.tiny_text_encoder()
    network = attach(unet, [encoder], NetworkSettings(rank=4, alpha=2, conv_rank=3, conv_alpha=1.5))
    tiny.stir(network.parameters())
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    save_lora(tmp_path / "a.safetensors", network.tensors(), {}, precision="fp32")
    seen = inspect_file(tmp_path / "a.safetensors")
    assert seen.method == "LoCon"
    for part in seen.parts:
        squares = [
            float((adapter.scale * adapter.up.flatten(1) @ adapter.down.flatten(1)).norm()) ** 2
            for name, adapter in network.modules.items()
            if name.startswith("lora_te_") == (part.name == "text_encoder")
        ]
        assert part.layers == len(squares)
        assert part.change == pytest.approx(sum(squares) ** 0.5, rel=1e-5)


def test_hashes_are_those_of_the_file_and_of_its_tensors_alone(tmp_path: Path) -> None:
    tensors = full_size(expected.sd1(1))
    plain = written(tmp_path / "a.safetensors", tensors)
    told = written(tmp_path / "b.safetensors", tensors, ss_v2="False")
    assert plain.sha256 == hashlib.sha256((tmp_path / "a.safetensors").read_bytes()).hexdigest()
    assert plain.sha256 != told.sha256
    assert plain.tensor_sha256 == told.tensor_sha256


def test_our_own_header_has_the_hash_of_the_tensors(tmp_path: Path) -> None:
    network = attach(tiny.tiny_unet(), [tiny.tiny_text_encoder()], NetworkSettings(rank=2, alpha=1))
    tiny.stir(network.parameters())
    save_lora(tmp_path / "a.safetensors", network.tensors(), {"ss_v2": "False"})
    seen = inspect_file(tmp_path / "a.safetensors")
    assert seen.metadata["sshs_model_hash"] == seen.tensor_sha256
    assert keys(seen) == {"small_model"}


LAYER = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"


@pytest.mark.parametrize(
    ("method", "suffixes"),
    [
        ("LoHa", (".hada_w1_a", ".hada_w1_b", ".hada_w2_a", ".hada_w2_b")),
        ("LoKr", (".lokr_w1", ".lokr_w2_a", ".lokr_w2_b")),
        ("DoRA", (".lora_down.weight", ".lora_up.weight", ".dora_scale")),
        ("(IA)³", (".weight", ".on_input")),
        ("full difference", (".diff",)),
    ],
)
def test_other_methods_are_named(tmp_path: Path, method: str, suffixes: tuple[str, ...]) -> None:
    tensors = {f"{LAYER}{suffix}": torch.ones(2, 2) for suffix in suffixes}
    seen = written(tmp_path / "a.safetensors", tensors, **HEADERS["sd1"])
    assert seen.method == method
    assert "other_method" in keys(seen)


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("lora_unet_double_blocks_0_img_attn_proj.lora_down.weight", "Flux"),
        ("transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight", "Flux"),
        ("lora_unet_joint_blocks_0_context_block_attn_proj.lora_down.weight", "Stable Diffusion 3"),
        ("blocks.0.something.lora_A.weight", None),
    ],
)
def test_families_that_are_not_trained_here_are_named(
    tmp_path: Path, name: str, family: str | None
) -> None:
    other = name.replace("lora_down", "lora_up").replace("lora_A", "lora_B")
    tensors = {name: torch.ones(2, 8), other: torch.ones(8, 2)}
    if name.startswith("lora_unet"):
        tensors[f"{name.split('.')[0]}.alpha"] = torch.tensor(1.0)
    seen = written(tmp_path / "a.safetensors", tensors)
    assert seen.family == family
    assert keys(seen) == {"other_family" if family else "unknown_family"}


def test_names_of_diffusers_are_told_apart_by_family(tmp_path: Path) -> None:
    place = "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k"
    for width, family in ((768, "sd1"), (1024, "sd2"), (2048, "sdxl")):
        tensors = {
            f"{place}.lora_A.weight": torch.ones(4, width),
            f"{place}.lora_B.weight": torch.ones(640, 4),
        }
        seen = written(tmp_path / "a.safetensors", tensors)
        assert (seen.family, seen.naming, seen.method) == (family, "diffusers", "LoRA")
        assert seen.ranks == (4,)
        assert {"diffusers_names", "no_metadata"} == keys(seen)


def test_broken_values_and_layers_that_do_nothing_are_told(tmp_path: Path) -> None:
    tensors = full_size(expected.sd1(1))
    tensors[f"{LAYER}.lora_down.weight"][0, 0] = torch.nan
    tensors["lora_te_text_model_encoder_layers_3_mlp_fc1.lora_up.weight"].zero_()
    seen = written(tmp_path / "a.safetensors", tensors, **HEADERS["sd1"])
    assert seen.not_finite == (LAYER,)
    assert seen.idle == ("lora_te_text_model_encoder_layers_3_mlp_fc1",)
    assert [finding.key for finding in seen.findings] == ["not_finite", "idle"]
    for name, tensor in tensors.items():
        if name.endswith("lora_up.weight"):
            tensor.zero_()
    tensors[f"{LAYER}.lora_down.weight"][0, 0] = 1
    assert keys(written(tmp_path / "a.safetensors", tensors, **HEADERS["sd1"])) == {"all_idle"}


def test_a_header_of_another_family_hides_it_in_a1111(tmp_path: Path) -> None:
    seen = written(tmp_path / "a.safetensors", full_size(expected.sdxl(1)), ss_v2="False")
    (found,) = seen.findings
    assert (found.key, found.values) == ("wrong_family", {"told": "sd1", "is": "sdxl"})


def test_names_that_lose_layers_in_silence_are_told_by_program(tmp_path: Path) -> None:
    """What transformers >= 5.6 would make of the text encoder's names."""
    tensors = {
        name.replace("_text_model", ""): tensor
        for name, tensor in full_size(expected.sd1(1)).items()
    }
    seen = written(tmp_path / "a.safetensors", tensors, **HEADERS["sd1"])
    lost = {found.values["program"]: found.values["count"] for found in seen.findings}
    assert lost == {"A1111 and Forge": 72, "ComfyUI": 72}


def test_mixed_ranks_in_a_text_encoder_and_missing_alphas_are_told(tmp_path: Path) -> None:
    tensors = full_size(expected.sd1(2))
    name = "lora_te_text_model_encoder_layers_0_mlp_fc1"
    tensors[f"{name}.lora_down.weight"] = torch.ones(5, 768).half()
    tensors[f"{name}.lora_up.weight"] = torch.ones(3072, 5).half()
    del tensors[f"{name}.alpha"]
    header = {**HEADERS["sd1"], "ss_network_dim": "64", "sshs_model_hash": "0" * 64}
    seen = written(tmp_path / "a.safetensors", tensors, **header)
    assert keys(seen) == {"mixed_text_encoder", "no_alpha", "other_rank", "changed_since"}


def test_the_header_tells_triggers_tags_base_and_settings() -> None:
    frequency = {
        "10_mira": {"mira": 20, " smile": 7, "white background": 19},
        "1_1girl": {"1girl": 99},
    }
    metadata = {
        "ss_dataset_dirs": json.dumps({"10_mira": {"n_repeats": 10, "img_count": 20}}),
        "ss_reg_dataset_dirs": json.dumps({"1_1girl": {"n_repeats": 1, "img_count": 99}}),
        "ss_tag_frequency": json.dumps(frequency),
        "ss_sd_model_name": "anime.safetensors",
        "ss_new_sd_model_hash": "0123456789abcdef",
        "ss_learning_rate": "0.0001",
        "ss_unet_lr": "None",
    }
    assert triggers(metadata) == ("mira",)
    assert always(metadata) == ("mira", "white background")
    assert tags(metadata) == [("mira", 20), ("white background", 19), ("smile", 7)]
    assert base_model(metadata) == ("anime.safetensors", "0123456789")
    assert settings(metadata) == {"learning_rate": "0.0001"}


@pytest.mark.parametrize("nonsense", ["", "[]", "{", "7", '{"a": 3}', '{"a": {"b": "c"}}'])
def test_a_header_of_nonsense_tells_nothing_and_stops_nothing(nonsense: str) -> None:
    keys = ("ss_dataset_dirs", "ss_tag_frequency", "ss_reg_dataset_dirs")
    metadata = dict.fromkeys(keys, nonsense)
    assert (triggers(metadata), always(metadata), tags(metadata)) == ((), (), [])


def test_a_file_without_b_is_called_damaged(tmp_path: Path) -> None:
    tensors = full_size(expected.sd1(1))
    only = {name: each for name, each in tensors.items() if not name.endswith("lora_up.weight")}
    seen = written(tmp_path / "a.safetensors", only, **HEADERS["sd1"])
    (found,) = seen.findings
    assert (found.key, found.severity) == ("unpaired", "error")
    assert found.values["count"] == len(tensors) // 3


def test_unknown_layers_are_told(tmp_path: Path) -> None:
    tensors = full_size(expected.sd1(1))
    more = {"lora_unet_foo_bar.lora_down.weight": torch.ones(1, 4),
            "lora_unet_foo_bar.lora_up.weight": torch.ones(4, 1),
            "lora_unet_foo_bar.alpha": torch.tensor(1.0)}  # fmt: skip
    seen = written(tmp_path / "a.safetensors", tensors | more, **HEADERS["sd1"])
    (found,) = seen.findings
    assert (found.key, found.values["names"]) == ("unknown_layers", "lora_unet_foo_bar")
    seen = written(tmp_path / "a.safetensors", tensors | {"x": torch.ones(1)}, **HEADERS["sd1"])
    (found,) = seen.findings
    assert (found.key, found.values["names"]) == ("strange", "x")


@pytest.mark.parametrize("start", ["module.", "_orig_mod.", "module._orig_mod."])
def test_names_of_parallel_and_compiled_models_are_told(tmp_path: Path, start: str) -> None:
    tensors = {f"{start}{name}": each for name, each in full_size(expected.sd1(1)).items()}
    seen = written(tmp_path / "a.safetensors", tensors, **HEADERS["sd1"])
    assert (seen.family, seen.method, seen.naming) == ("sd1", "LoRA", "kohya")
    assert "wrapped" in keys(seen)
    assert {part.name: part.layers for part in seen.parts} == {"text_encoder": 72, "unet": 192}


def test_sd1_under_lora_te1_is_sd1(tmp_path: Path) -> None:
    tensors = {
        name.replace("lora_te_", "lora_te1_"): each
        for name, each in full_size(expected.sd1(1)).items()
    }
    seen = written(tmp_path / "a.safetensors", tensors, **HEADERS["sd1"])
    assert seen.family == "sd1"
    assert seen.findings == ()


@pytest.mark.parametrize("written_as", ["0x{}", "{}", "0X{}", "{:.12}", "0x{:.12}"])
def test_the_hash_as_lycoris_writes_it_is_no_damage(tmp_path: Path, written_as: str) -> None:
    tensors = full_size(expected.sd1(1))
    told = written(tmp_path / "a.safetensors", tensors).tensor_sha256
    header = {**HEADERS["sd1"], "sshs_model_hash": written_as.format(told)}
    assert written(tmp_path / "a.safetensors", tensors, **header).findings == ()
    header["sshs_model_hash"] = written_as.format("f" + told[:-1])
    assert keys(written(tmp_path / "a.safetensors", tensors, **header)) == {"changed_since"}


@pytest.mark.parametrize(
    ("shape", "method"), [((4, 8, 8), "OFT"), ((3, 4, 8, 8), "BOFT"), ((4, 8), "OFT")]
)
def test_boft_is_told_from_oft_by_its_stages(
    tmp_path: Path, shape: tuple[int, ...], method: str
) -> None:
    tensors = {f"{LAYER}.oft_blocks": torch.ones(shape), f"{LAYER}.alpha": torch.tensor(1.0)}
    assert written(tmp_path / "a.safetensors", tensors, **HEADERS["sd1"]).method == method
    with pytest.raises(LoraFileError, match=rf"is an? {method}, which cannot be used here"):
        load_lora(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("ending", "method"),
    [("lora_magnitude_vector", "DoRA"), ("lora_magnitude_vector.default.weight", "DoRA"),
     ("hada_w1_a", "LoHa"), ("lokr_w1", "LoKr"), ("boft_R", "BOFT"), ("oft_r", "OFT"),
     ("lora_B.bias", "biases"), ("diff", "full difference"), ("diff_b", "full difference")],
)  # fmt: skip
def test_methods_are_told_under_dotted_names_too(tmp_path: Path, ending: str, method: str) -> None:
    for start in ("base_model.model.", "diffusion_model.", "unet."):
        place = f"{start}mid_block.attentions.0.proj_in"
        tensors = {
            f"{place}.lora_A.weight": torch.ones(2, 3),
            f"{place}.lora_B.weight": torch.ones(3, 2),
            f"{place}.{ending}": torch.ones(3),
        }
        assert written(tmp_path / "a.safetensors", tensors).method == method
        with pytest.raises(LoraFileError, match="cannot be used here"):
            load_lora(tmp_path / "a.safetensors")


def test_a_layer_named_twice_is_an_error(tmp_path: Path) -> None:
    tensors = full_size(expected.sdxl(1))
    tensors |= {
        name.replace("input_blocks_4_1", "down_blocks_1_attentions_0"): each.clone()
        for name, each in tensors.items()
        if "input_blocks_4_1_proj_in" in name
    }
    seen = written(tmp_path / "a.safetensors", tensors, **HEADERS["sdxl"])
    (found, *_) = seen.findings
    assert (found.key, found.severity, found.values["count"]) == ("twice", "error", 1)


def test_a_torn_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    written(path, full_size(expected.sd1(1)))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(LoraFileError, match="cut off"):
        inspect_file(path)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("model.diffusion_model.input_blocks.0.0.weight", "is a whole model, not a LoRA"),
        ("down_blocks.0.resnets.0.conv1.weight", "is only the UNet of a diffusers folder"),
        ("first_stage_model.encoder.conv_in.weight", "is only a VAE"),
        ("decoder.up_blocks.0.resnets.0.conv1.weight", "is only a VAE, not a LoRA"),
        ("control_model.input_blocks.0.0.weight", "is a ControlNet"),
        ("emb_params", "is a textual inversion"),
    ],
)
def test_other_kinds_of_file_are_called_by_what_they_are(
    tmp_path: Path, name: str, what: str
) -> None:
    with pytest.raises(LoraFileError, match=what):
        written(tmp_path / "a.safetensors", {name: torch.ones(2)})

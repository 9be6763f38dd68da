"""kohya's names and diffusers': there and back, and loaded by diffusers itself."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from lora_wizard.errors import LoraFileError
from lora_wizard.lora import (
    LoraFile,
    LoraNetwork,
    attach,
    attach_file,
    load_lora,
    save_lora,
)
from lora_wizard.lora.file import read_lora, save_tensors
from lora_wizard.lora.names import diffusers_path, kohya_name, read_names
from lora_wizard.lora.readers.layout import Family
from lora_wizard.lora.restoring import LoraModule
from lora_wizard.lora.surgery import to_diffusers, to_kohya
from lora_wizard.recipe import NetworkSettings

from .. import expected, tiny
from ..test_check import Loader, XlLoader, close

SETTINGS = NetworkSettings(rank=4, alpha=1, conv_rank=3, conv_alpha=1.5)
WHERE = "x.safetensors"


def trained(sdxl: bool) -> tuple[nn.Module, list[nn.Module], LoraNetwork]:
    unet = tiny.tiny_sdxl_unet() if sdxl else tiny.tiny_unet()
    encoders = [tiny.tiny_text_encoder(), *([tiny.tiny_second_text_encoder()] if sdxl else [])]
    network = attach(unet, encoders, SETTINGS)
    tiny.stir(network.parameters(), size=0.4)
    return unet, encoders, network


def change(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name: module.alpha / module.rank * module.up.flatten(1) @ module.down.flatten(1)
        for name, module in read(tensors).modules.items()
    }


def read(tensors: dict[str, Tensor], header: dict[str, str] | None = None) -> LoraFile:
    return read_lora(Path(WHERE), tensors, header or {})


def kohya(tensors: dict[str, Tensor], header: dict[str, str] | None = None) -> dict[str, Tensor]:
    return to_kohya(read(tensors, header))


def only_module(tensors: dict[str, Tensor], header: dict[str, str]) -> LoraModule:
    (module,) = read(tensors, header).modules.values()
    return module


@pytest.mark.parametrize("sdxl", [False, True])
def test_there_and_back_is_the_same_lora(sdxl: bool) -> None:
    _, _, network = trained(sdxl)
    tensors = network.tensors()
    there = to_diffusers(LoraFile(Path(WHERE), tensors, {}, 4, 1))
    assert all(key.startswith(("unet.", "text_encoder")) for key in there)
    back = kohya(there)
    assert back.keys() == tensors.keys()
    ours, theirs = change(tensors), change(back)
    for name, mine in ours.items():
        torch.testing.assert_close(theirs[name], mine, rtol=1e-5, atol=1e-7)


def test_diffusers_loads_the_converted_file_of_sd1(tmp_path: Path) -> None:
    unet, encoder = tiny.tiny_unet(), tiny.tiny_text_encoder()
    theirs = Loader(copy.deepcopy(unet), copy.deepcopy(encoder))
    base = tiny.predict(unet, encoder).detach()
    network = attach(unet, [encoder], SETTINGS)
    tiny.stir(network.parameters(), size=0.4)
    made = to_diffusers(LoraFile(Path(WHERE), network.tensors(), {}, 4, 1))
    save_tensors(tmp_path / "d.safetensors", made, {"format": "pt"}, precision="fp32")
    theirs.load_lora_weights(str(tmp_path), weight_name="d.safetensors", local_files_only=True)
    with torch.no_grad():
        ours = tiny.predict(unet, encoder)
        close(ours, tiny.predict(theirs.unet, theirs.text_encoder), base)


def test_diffusers_loads_the_converted_file_of_sdxl(tmp_path: Path) -> None:
    unet, encoders = tiny.tiny_sdxl_unet(), [
        tiny.tiny_text_encoder(), tiny.tiny_second_text_encoder(),
    ]  # fmt: skip
    theirs = XlLoader(copy.deepcopy(unet), copy.deepcopy(encoders))
    base = tiny.predict_sdxl(unet, encoders).detach()
    network = attach(unet, encoders, SETTINGS)
    tiny.stir(network.parameters(), size=0.4)
    made = to_diffusers(LoraFile(Path(WHERE), network.tensors(), {}, 4, 1))
    save_tensors(tmp_path / "d.safetensors", made, {"format": "pt"}, precision="fp32")
    theirs.load_lora_weights(str(tmp_path), weight_name="d.safetensors", local_files_only=True)
    with torch.no_grad():
        ours = tiny.predict_sdxl(unet, encoders)
        models = [theirs.text_encoder, theirs.text_encoder_2]
        close(ours, tiny.predict_sdxl(theirs.unet, models), base)


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_every_layer_of_every_family_has_both_names(family: Family) -> None:
    shapes = getattr(expected, family)(1)
    if family == "sdxl":
        shapes |= expected.sdxl_convolutions(1, 1)
    names = {key.split(".")[0] for key in shapes}
    read = read_names(shapes)
    assert set(read.written.values()) == names
    assert {kohya_name(name, family): written for name, written in read.written.items()} == {
        name: name for name in names
    }
    paths = {diffusers_path(name) for name in read.layers}
    assert None not in paths
    assert len(paths) == len(names)
    there = read_names({f"{path}.lora_A.weight": (1, 1) for path in paths})
    assert set(there.layers) == set(read.layers)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_out.0.lora.up.weight",
         "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0"),
        ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.up.weight",
         "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_out_0"),
        ("base_model.model.mid_block.attentions.0.proj_in.lora_B.default.weight",
         "lora_unet_mid_block_attentions_0_proj_in"),
        ("text_encoder.text_model.encoder.layers.3.self_attn.to_q_lora.up.weight",
         "lora_te_text_model_encoder_layers_3_self_attn_q_proj"),
        ("text_encoder.text_model.encoder.layers.3.mlp.fc1.lora_linear_layer.up.weight",
         "lora_te_text_model_encoder_layers_3_mlp_fc1"),
        ("text_encoder.encoder.layers.3.self_attn.out_proj.lora_B.weight",
         "lora_te_text_model_encoder_layers_3_self_attn_out_proj"),
    ],
)  # fmt: skip
def test_older_forms_are_read(key: str, name: str) -> None:
    assert read_names({key: (1, 1)}).layers == {name: {"up": key}}


PLACE = "unet.mid_block.attentions.0.proj_in"


def test_the_headers_scale_counts() -> None:
    tensors = {
        f"{PLACE}.lora_A.weight": torch.ones(4, 8),
        f"{PLACE}.lora_B.weight": torch.ones(8, 4),
    }
    told = {"unet.r": 4, "unet.lora_alpha": 2, "unet.alpha_pattern": {"proj_out": 3}}
    header = {"lora_adapter_metadata": json.dumps(told)}
    assert only_module(tensors, header).alpha == 2
    told["unet.alpha_pattern"] = {"proj_in": 3}
    header = {"lora_adapter_metadata": json.dumps(told)}
    assert only_module(tensors, header).alpha == 3
    assert only_module(tensors, {}).alpha == 4
    with pytest.raises(LoraFileError, match=r"says of alpha cannot be read"):
        read(tensors, {"lora_adapter_metadata": "["})


def test_a_rank_stabilised_lora_keeps_its_strength(tmp_path: Path) -> None:
    """Against diffusers' own loading of such a file."""
    unet, encoder = tiny.tiny_unet(), tiny.tiny_text_encoder()
    theirs = Loader(copy.deepcopy(unet), copy.deepcopy(encoder))
    network = attach(unet, [encoder], NetworkSettings(rank=4, alpha=4, parts="unet"))
    tiny.stir(network.parameters(), size=0.4)
    tensors = to_diffusers(LoraFile(Path(WHERE), network.tensors(), {}, 4, 4))
    network.detach()
    targets = sorted({key.split(".lora_")[0].removeprefix("unet.") for key in tensors})
    config = {"r": 4, "lora_alpha": 2, "use_rslora": True, "target_modules": targets}
    header = {"lora_adapter_metadata": json.dumps({f"unet.{k}": v for k, v in config.items()})}
    save_tensors(tmp_path / "d.safetensors", tensors, {"format": "pt", **header}, precision="fp32")
    theirs.load_lora_weights(str(tmp_path), weight_name="d.safetensors", local_files_only=True)
    base = tiny.predict(unet, encoder).detach()
    lora = read(tensors, header)
    assert {module.alpha for module in lora.modules.values()} == {4.0}
    attach_file(unet, [encoder], read(to_kohya(lora)))
    with torch.no_grad():
        close(tiny.predict(unet, encoder), tiny.predict(theirs.unet, theirs.text_encoder), base)


def test_a_pattern_means_whole_steps_of_a_path() -> None:
    tensors = {
        f"{PLACE}.lora_A.weight": torch.ones(4, 8),
        f"{PLACE}.lora_B.weight": torch.ones(8, 4),
    }
    told = {"unet.lora_alpha": 2, "unet.alpha_pattern": {"j_in": 9, "0.proj_in": 3}}
    assert only_module(tensors, {"lora_adapter_metadata": json.dumps(told)}).alpha == 3


def test_what_cannot_be_converted_is_named() -> None:
    flux = {"transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": torch.ones(2, 2)}
    with pytest.raises(LoraFileError, match="is a LoRA for Flux, which cannot be used"):
        read(flux)
    half = {f"{PLACE}.lora_A.weight": torch.ones(2, 2)}
    with pytest.raises(LoraFileError, match=r"unpaired unet.mid_block.attentions.0.proj_in"):
        read(half)
    nameless = {"lora_unet_x.lora_down.weight": torch.ones(2, 4), "lora_unet_x.lora_up.weight":
                torch.ones(8, 2)}  # fmt: skip
    with pytest.raises(LoraFileError, match=r"lora_unet_x: is not converted"):
        to_diffusers(read(nameless))


def test_a_converted_file_is_one_of_ours_again(tmp_path: Path) -> None:
    _, _, network = trained(sdxl=True)
    save_lora(tmp_path / "a.safetensors", network.tensors(), {}, precision="fp16")
    lora = load_lora(tmp_path / "a.safetensors")
    save_tensors(tmp_path / "d.safetensors", to_diffusers(lora), {}, precision="fp16")
    back = to_kohya(load_lora(tmp_path / "d.safetensors"))
    save_lora(tmp_path / "b.safetensors", back, {}, precision="fp16")
    ours, theirs = (
        change(dict(lora.tensors)),
        change(dict(load_lora(tmp_path / "b.safetensors").tensors)),
    )
    for name, mine in ours.items():
        error = float((theirs[name] - mine).norm() / mine.norm())
        assert error < 1e-3, name

"""SD2's files have the shapes of sd-scripts' own network, and act as the model was trained."""

from __future__ import annotations

import copy
from pathlib import Path

import safetensors.torch
import torch
from diffusers import UNet2DConditionModel
from torch import nn

from lora_wizard.lora import (
    LoraNetwork,
    attach,
    attach_file,
    check_loads_in_diffusers,
    load_lora,
    save_lora,
)
from lora_wizard.lora.file import save_tensors
from lora_wizard.lora.inspecting import inspect_file
from lora_wizard.lora.surgery import is_written_so, to_diffusers, to_kohya
from lora_wizard.recipe import NetworkSettings

from . import expected
from .test_check import Loader, close
from .tiny import built, predict, stir, tiny_text_encoder

HEADER = {"ss_v2": "True", "ss_base_model_version": "sd_v2"}


def unet() -> nn.Module:
    torch.manual_seed(1)
    return built(
        UNet2DConditionModel,
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=2,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=12,
        attention_head_dim=2,
        norm_num_groups=4,
        use_linear_projection=True,
    )


def trained(model: nn.Module, encoder: nn.Module) -> LoraNetwork:
    network = attach(model, [encoder], NetworkSettings(rank=4, alpha=2))
    stir(network.parameters(), size=0.4)
    return network


def test_projections_are_written_as_convolutions_and_read_back(tmp_path: Path) -> None:
    model, encoder = unet(), tiny_text_encoder()
    network = trained(model, encoder)
    drawn = predict(model, encoder).detach()
    tensors = network.file_tensors()
    projections = [name for name in tensors if "_proj_in." in name or "_proj_out." in name]
    shaped = {name: tensors[name].shape[2:] for name in projections
              if "lora_unet" in name and not name.endswith(".alpha")}  # fmt: skip
    assert shaped and set(shaped.values()) == {torch.Size((1, 1))}
    path = tmp_path / "a.safetensors"
    save_lora(path, tensors, HEADER, precision="fp32")
    check_loads_in_diffusers(path, model, [encoder])
    network.detach()
    again = attach_file(model, [encoder], load_lora(path))
    torch.testing.assert_close(predict(model, encoder).detach(), drawn, rtol=1e-5, atol=1e-5)
    again.detach()
    other = attach(model, [encoder], NetworkSettings(rank=4, alpha=2))
    other.load_modules(load_lora(path).modules)
    torch.testing.assert_close(predict(model, encoder).detach(), drawn, rtol=1e-5, atol=1e-5)


def test_what_is_converted_for_diffusers_has_linear_projections(tmp_path: Path) -> None:
    model, encoder = unet(), tiny_text_encoder()
    theirs = Loader(copy.deepcopy(model), copy.deepcopy(encoder))
    base = predict(model, encoder).detach()
    path = tmp_path / "a.safetensors"
    save_lora(path, trained(model, encoder).file_tensors(), HEADER, precision="fp32")
    lora = load_lora(path)
    made = to_diffusers(lora)
    assert {each.ndim for name, each in made.items() if ".proj_" in name} == {2}
    save_tensors(tmp_path / "d.safetensors", made, {"format": "pt"}, precision="fp32")
    theirs.load_lora_weights(str(tmp_path), weight_name="d.safetensors", local_files_only=True)
    with torch.no_grad():
        close(predict(model, encoder), predict(theirs.unet, theirs.text_encoder), base)


def test_linear_projections_are_told_and_converted(tmp_path: Path) -> None:
    """Files of diffusers' shapes under kohya's names, which sd-scripts' network does not load."""
    wanted = {
        name: shape for name, shape in expected.sd2(1).items() if not name.startswith("lora_te")
    }
    made = {
        name: torch.ones(shape[:2], dtype=torch.float16) if shape else torch.tensor(1.0).half()
        for name, shape in wanted.items()
    }
    path = tmp_path / "a.safetensors"
    safetensors.torch.save_file(made, path, HEADER)
    assert {each.key for each in inspect_file(path).findings} == {"linear_projections"}
    lora = load_lora(path)
    again = to_kohya(lora)
    assert not is_written_so(lora, again)
    assert {name: tuple(each.shape) for name, each in again.items()} == wanted

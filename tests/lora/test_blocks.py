"""Ranks, alphas and rates by block, on real models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lora_wizard.errors import LoraFileError, RecipeError
from lora_wizard.lora import attach, check_loads_in_diffusers, load_lora, save_lora
from lora_wizard.lora.targets import find_targets
from lora_wizard.recipe import NetworkSettings, TrainingSettings

from . import tiny
from .test_keys import sd1, sdxl

RATES = TrainingSettings(learning_rate=1e-3, text_encoder_lr=5e-4)


def settings(**more: Any) -> NetworkSettings:
    return NetworkSettings(rank=4, alpha=2, **more)


def small_sdxl() -> tuple[nn.Module, list[nn.Module]]:
    return tiny.tiny_sdxl_unet(), [tiny.tiny_text_encoder(), tiny.tiny_second_text_encoder()]


def test_blocks_of_sd1_are_those_that_the_checkpoint_counts() -> None:
    with torch.device("meta"):
        unet, encoders = sd1()
    blocks = {
        target.name: target.block for target in find_targets(unet, encoders, convolutions=True)
    }
    # sd-scripts' `get_block_index`: down i, j is 1 + 3 i + j; up i, j is 13 + 3 i + j of 25.
    assert blocks["lora_unet_down_blocks_0_attentions_0_proj_in"] == "input_1"
    assert blocks["lora_unet_down_blocks_1_attentions_1_proj_in"] == "input_5"
    assert blocks["lora_unet_down_blocks_2_downsamplers_0_conv"] == "input_9"
    assert blocks["lora_unet_mid_block_attentions_0_proj_in"] == "middle_1"
    assert blocks["lora_unet_up_blocks_1_attentions_0_proj_in"] == "output_3"
    assert blocks["lora_unet_up_blocks_1_upsamplers_0_conv"] == "output_5"
    assert blocks["lora_unet_up_blocks_3_attentions_2_proj_in"] == "output_11"
    assert blocks["lora_te_text_model_encoder_layers_0_mlp_fc1"] is None


def test_blocks_of_sdxl_are_those_of_its_names() -> None:
    with torch.device("meta"):
        unet, encoders = sdxl()
    for target in find_targets(unet, encoders):
        if target.part == "unet":
            side, place = str(target.block).split("_")
            word = {"input": "input_blocks", "middle": "middle_block", "output": "output_blocks"}
            assert target.name.startswith(f"lora_unet_{word[side]}_{place}_")


def test_ranks_and_alphas_are_each_blocks_own() -> None:
    unet, encoders = small_sdxl()
    chosen = settings(
        conv_rank=3, block_ranks=("input=2", "input_4=6", "middle=0"), block_alphas=("input_4=3",)
    )
    network = attach(unet, encoders, chosen)
    ranks = {name: (one.rank, one.alpha) for name, one in network.modules.items()}
    assert ranks["lora_unet_input_blocks_4_1_proj_in"] == (6, 3)
    assert ranks["lora_unet_input_blocks_5_1_proj_in"] == (2, 2)
    assert ranks["lora_unet_output_blocks_0_1_proj_in"] == (4, 2)
    assert ranks["lora_te1_text_model_encoder_layers_0_mlp_fc1"] == (4, 2)
    assert ranks["lora_unet_input_blocks_4_0_in_layers_2"] == (3, 1)
    assert not any("middle_block" in name for name in ranks)


@pytest.mark.parametrize("is_sdxl", [False, True])
def test_a_file_of_mixed_ranks_is_right_in_other_programs(tmp_path: Path, is_sdxl: bool) -> None:
    unet, encoders = small_sdxl() if is_sdxl else (tiny.tiny_unet(), [tiny.tiny_text_encoder()])
    network = attach(unet, encoders, settings(block_ranks=("output=7", "input=0"), block_alphas=(
        "output=5",)))  # fmt: skip
    tiny.stir(network.parameters())
    save_lora(tmp_path / "a.safetensors", network.file_tensors(), {}, precision="fp32")
    check_loads_in_diffusers(tmp_path / "a.safetensors", unet, encoders)
    assert network.moved() > 0
    before = network.tensors()
    network.load_tensors(load_lora(tmp_path / "a.safetensors").tensors)
    for name, tensor in network.tensors().items():
        torch.testing.assert_close(tensor, before[name])


def test_alphas_as_they_are_would_be_misread_by_diffusers(tmp_path: Path) -> None:
    """Why the file has one alpha; where this fails, diffusers was mended."""
    unet, encoders = tiny.tiny_unet(), [tiny.tiny_text_encoder()]
    network = attach(unet, encoders, settings(block_alphas=("output=5",)))
    tiny.stir(network.parameters())
    save_lora(tmp_path / "a.safetensors", network.tensors(), {}, precision="fp32")
    with pytest.raises(LoraFileError, match="attn1_to_q: changes the layer in another way"):
        check_loads_in_diffusers(tmp_path / "a.safetensors", unet, encoders)


def test_alike_alphas_are_written_as_they_are() -> None:
    unet, encoders = small_sdxl()
    network = attach(
        unet, encoders, settings(conv_rank=2, conv_alpha=1.5, block_ranks=("output=7",))
    )
    tiny.stir(network.parameters())
    for name, tensor in network.file_tensors().items():
        assert torch.equal(tensor, network.tensors()[name])


def test_each_factor_is_a_group_and_zero_stays_as_it_is() -> None:
    unet, encoders = small_sdxl()
    network = attach(unet, encoders, settings())
    groups = network.parameter_groups(RATES, ("output=0.5", "middle=0"))
    assert [(group["name"], group["lr"]) for group in groups] == [
        ("text_encoder", 5e-4), ("unet", 5e-4), ("unet", 1e-3),
    ]  # fmt: skip
    held = sum(len(group["params"]) for group in groups)
    middle = [name for name in network.modules if "middle_block" in name]
    assert held == 2 * (len(network.modules) - len(middle))
    for name, one in network.modules.items():
        assert one.up.requires_grad is ("middle_block" not in name)


def test_without_factors_the_groups_are_as_they_ever_were() -> None:
    unet, encoders = small_sdxl()
    groups = attach(unet, encoders, settings()).parameter_groups(RATES)
    assert [group["name"] for group in groups] == ["text_encoder", "unet"]


def test_nothing_left_is_refused() -> None:
    unet, encoders = small_sdxl()
    with pytest.raises(RecipeError, match="rank 0"):
        attach(
            unet, encoders, settings(parts="unet", block_ranks=("input=0", "middle=0", "output=0"))
        )

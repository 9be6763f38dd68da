"""Which layers are adapted, and their names, against full-size models without values."""

from collections.abc import Callable, Sequence

import pytest
import torch
from diffusers import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from lora_wizard.errors import ModelError
from lora_wizard.lora.targets import Target, find_targets

from .tiny import (
    SD1,
    SDXL,
    Nested,
    built,
    text_settings,
    tiny_sdxl_unet,
    tiny_second_text_encoder,
    tiny_text_encoder,
    tiny_unet,
)

FIRST = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
}
SECOND = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
}


def names(targets: Sequence[Target]) -> set[str]:
    return {target.name for target in targets}


@pytest.fixture(scope="module")
def sd1() -> tuple[nn.Module, list[nn.Module]]:
    with torch.device("meta"):
        return built(UNet2DConditionModel, **SD1), [CLIPTextModel(text_settings(**FIRST))]


@pytest.fixture(scope="module")
def sdxl() -> tuple[nn.Module, list[nn.Module]]:
    with torch.device("meta"):
        first = CLIPTextModel(text_settings(**FIRST))
        second = CLIPTextModelWithProjection(text_settings(**SECOND))
        return built(UNet2DConditionModel, **SDXL), [first, second]


def test_full_size_sd1_has_192_and_72_modules(sd1: tuple[nn.Module, list[nn.Module]]) -> None:
    targets = find_targets(*sd1)
    assert sum(target.part == "unet" for target in targets) == 192
    assert sum(target.part == "text_encoder" for target in targets) == 72
    assert len(names(targets)) == 264


def test_full_size_sdxl_has_722_and_72_and_192_modules(
    sdxl: tuple[nn.Module, list[nn.Module]],
) -> None:
    found = names(find_targets(*sdxl))
    assert sum(name.startswith("lora_unet_") for name in found) == 722
    assert sum(name.startswith("lora_te1_text_model_encoder_layers_") for name in found) == 72
    assert sum(name.startswith("lora_te2_text_model_encoder_layers_") for name in found) == 192
    assert len(found) == 722 + 72 + 192


def test_parts_choose_what_is_adapted(sd1: tuple[nn.Module, list[nn.Module]]) -> None:
    assert len(find_targets(*sd1, parts="unet")) == 192
    assert len(find_targets(*sd1, parts="text_encoder")) == 72


def test_sd1_has_the_names_of_diffusers(sd1: tuple[nn.Module, list[nn.Module]]) -> None:
    found = names(find_targets(*sd1))
    block = "lora_unet_down_blocks_0_attentions_0"
    assert {
        f"{block}_proj_in",
        f"{block}_proj_out",
        f"{block}_transformer_blocks_0_attn1_to_q",
        f"{block}_transformer_blocks_0_attn2_to_out_0",
        f"{block}_transformer_blocks_0_ff_net_0_proj",
        f"{block}_transformer_blocks_0_ff_net_2",
        "lora_unet_mid_block_attentions_0_proj_in",
        "lora_unet_up_blocks_1_attentions_2_proj_out",
        "lora_te_text_model_encoder_layers_11_self_attn_q_proj",
        "lora_te_text_model_encoder_layers_0_self_attn_out_proj",
        "lora_te_text_model_encoder_layers_0_mlp_fc2",
    } <= found


def test_sdxl_has_the_names_of_ldm(sdxl: tuple[nn.Module, list[nn.Module]]) -> None:
    found = names(find_targets(*sdxl))
    assert {
        "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q",
        "lora_unet_input_blocks_8_1_transformer_blocks_9_ff_net_0_proj",
        "lora_unet_middle_block_1_transformer_blocks_9_attn2_to_v",
        "lora_unet_output_blocks_0_1_proj_in",
        "lora_unet_output_blocks_5_1_transformer_blocks_1_attn2_to_out_0",
    } <= found
    assert not any("down_blocks" in name or "up_blocks" in name for name in found)


def test_convolutions_of_sdxl_have_the_names_of_ldm(
    sdxl: tuple[nn.Module, list[nn.Module]],
) -> None:
    found = names(find_targets(*sdxl, convolutions=True))
    added = {
        "lora_unet_input_blocks_1_0_in_layers_2",
        "lora_unet_input_blocks_1_0_out_layers_3",
        "lora_unet_input_blocks_1_0_emb_layers_1",
        "lora_unet_input_blocks_4_0_skip_connection",
        "lora_unet_input_blocks_3_0_op",
        "lora_unet_input_blocks_6_0_op",
        "lora_unet_middle_block_0_in_layers_2",
        "lora_unet_middle_block_2_out_layers_3",
        "lora_unet_output_blocks_2_2_conv",
        "lora_unet_output_blocks_5_2_conv",
        "lora_unet_output_blocks_8_0_out_layers_3",
    }
    assert added <= found
    outside = ("conv_in", "conv_out", "time_embed", "input_blocks_0_0", "lora_unet_out_")
    assert not any(
        name.startswith("lora_unet_") and part in name for name in found for part in outside
    )


def test_convolutions_of_sd1_keep_the_names_of_diffusers(
    sd1: tuple[nn.Module, list[nn.Module]],
) -> None:
    targets = {target.name: target for target in find_targets(*sd1, convolutions=True)}
    assert targets["lora_unet_down_blocks_0_resnets_0_conv1"].is_spatial
    assert targets["lora_unet_down_blocks_0_downsamplers_0_conv"].is_spatial
    assert targets["lora_unet_up_blocks_0_upsamplers_0_conv"].is_spatial
    assert not targets["lora_unet_down_blocks_1_resnets_0_conv_shortcut"].is_spatial
    assert not targets["lora_unet_down_blocks_1_resnets_0_time_emb_proj"].is_spatial


@pytest.mark.parametrize("both_layouts", [lambda encoder: encoder, Nested])
def test_text_encoder_names_are_the_same_in_both_layouts_of_transformers(
    both_layouts: Callable[[nn.Module], nn.Module],
) -> None:
    encoder = tiny_text_encoder()
    inner = getattr(encoder, "text_model", encoder)
    found = names(find_targets(tiny_unet(), [both_layouts(inner)], parts="text_encoder"))
    layers = {name.removeprefix("lora_te_text_model_encoder_layers_") for name in found}
    kinds = ("self_attn_q_proj", "self_attn_k_proj", "self_attn_v_proj", "self_attn_out_proj")
    assert layers == {
        f"{number}_{kind}" for number in (0, 1) for kind in (*kinds, "mlp_fc1", "mlp_fc2")
    }


def test_text_projection_is_not_adapted() -> None:
    encoders = [tiny_text_encoder(), tiny_second_text_encoder()]
    found = names(find_targets(tiny_sdxl_unet(), encoders, parts="text_encoder"))
    assert len(found) == 24
    assert not any("projection" in name for name in found)


def test_a_model_with_nothing_to_adapt_is_refused() -> None:
    with pytest.raises(ModelError, match="no layer"):
        find_targets(nn.Sequential(nn.Linear(2, 2)), [])

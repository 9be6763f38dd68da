"""The whole list of a file's tensors, names and shapes, for full-size models without values."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import UNet2DConditionModel
from torch import nn
from transformers import CLIPTextModel, CLIPTextModelWithProjection

from lora_wizard.lora.network import LoraNetwork, attach
from lora_wizard.lora.targets import unet_layers
from lora_wizard.recipe import NetworkSettings

from . import expected
from .tiny import SD1, SD2, SDXL, built, text_settings

RANK, CONV_RANK = 4, 3
FIRST: dict[str, Any] = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
}
SD2_TEXT = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 23,
    "num_attention_heads": 16,
}
SECOND = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_hidden_layers": 32,
    "num_attention_heads": 20,
}
Model = tuple[nn.Module, list[nn.Module]]


def sd1() -> Model:
    return built(UNet2DConditionModel, **SD1), [CLIPTextModel(text_settings(**FIRST))]


def sd2() -> Model:
    return built(UNet2DConditionModel, **SD2), [CLIPTextModel(text_settings(**SD2_TEXT))]


def sdxl() -> Model:
    encoders: list[nn.Module] = [
        CLIPTextModel(text_settings(**FIRST)),
        CLIPTextModelWithProjection(text_settings(**SECOND)),
    ]
    return built(UNet2DConditionModel, **SDXL), encoders


def shapes(network: LoraNetwork, unet: nn.Module) -> dict[str, tuple[int, ...]]:
    """As `file_tensors` would have them, which copies values and cannot where there are none."""
    convolutions = {each.name for each in unet_layers(unet) if each.is_convolution_in_file}
    found: dict[str, tuple[int, ...]] = {}
    for name, adapter in network.modules.items():
        kernel = (1, 1) if name in convolutions else ()
        found[f"{name}.lora_down.weight"] = (*adapter.down.shape, *kernel)
        found[f"{name}.lora_up.weight"] = (*adapter.up.shape, *kernel)
        found[f"{name}.alpha"] = ()
    return found


def keys_of(build: Callable[[], Model], **settings: Any) -> dict[str, tuple[int, ...]]:
    with torch.device("meta"):
        unet, encoders = build()
    # Values for A are drawn on the CPU, however large; those of a full-size SDXL take a second.
    return shapes(attach(unet, encoders, NetworkSettings(rank=RANK, alpha=1, **settings)), unet)


@pytest.mark.parametrize(
    ("build", "keys", "modules"),
    [
        (sd1, expected.sd1, 192 + 72),
        (sd2, expected.sd2, 192 + 138),
        (sdxl, expected.sdxl, 722 + 72 + 192),
    ],
)
def test_a_file_holds_exactly_the_tensors_of_its_family(
    build: Callable[[], Model], keys: Callable[[int], expected.Shapes], modules: int
) -> None:
    wanted = keys(RANK)
    assert len(wanted) == 3 * modules
    assert keys_of(build) == wanted


def test_locon_adds_sdxls_residual_blocks_and_samplers() -> None:
    wanted = expected.sdxl(RANK) | expected.sdxl_convolutions(RANK, CONV_RANK)
    assert keys_of(sdxl, conv_rank=CONV_RANK) == wanted

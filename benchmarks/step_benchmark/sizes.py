"""The models that can be measured, and what is usual for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from lora_wizard.models.base import PAPERDOLL, base_path
from lora_wizard.models.folder import load_folder
from lora_wizard.models.parts import Parts

from .built import Shapes, built, text, vae


@dataclass(frozen=True, slots=True)
class Size:
    """A model and what it is measured with where the command says nothing else."""

    resolution: int
    batch: int
    rank: int
    build: Callable[[torch.dtype], Parts]
    """Its parts on the CPU, in this precision."""
    weights: str
    """What its weights are, in a word."""


def _paperdoll(dtype: torch.dtype) -> Parts:
    device = torch.device("cpu")
    return load_folder(base_path(PAPERDOLL), family=None, device=device, dtype=dtype)


def _random(shapes: Shapes) -> Callable[[torch.dtype], Parts]:
    return lambda dtype: built(shapes, dtype)


_SMALL_VAE = vae((8, 8, 16, 16), layers_per_block=1, norm_num_groups=8)
_LARGE_VAE = vae((128, 256, 512, 512), layers_per_block=2, sample_size=512)

TINY = Shapes(
    "sd1",
    unet={
        "sample_size": 8,
        "block_out_channels": (32, 64),
        "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 32,
        "attention_head_dim": 2,
        "norm_num_groups": 8,
    },
    vae=_SMALL_VAE,
    texts=(text(width=32, layers=2, heads=2),),
)
# UNet2DConditionModel's defaults are SD1.5's, but for the width of the text states.
SD15 = Shapes(
    "sd1",
    unet={"sample_size": 64, "cross_attention_dim": 768},
    vae=_LARGE_VAE,
    texts=(text(width=768, layers=12, heads=12),),
)
SD21 = Shapes(
    "sd2",
    unet={
        "sample_size": 64,
        "cross_attention_dim": 1024,
        "attention_head_dim": (5, 10, 20, 20),
        "use_linear_projection": True,
    },
    vae=_LARGE_VAE,
    texts=(text(width=1024, layers=23, heads=16, hidden_act="gelu"),),
)
_SDXL_UNET: dict[str, Any] = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
SDXL = Shapes(
    "sdxl",
    unet=_SDXL_UNET,
    vae=_LARGE_VAE | {"scaling_factor": 0.13025, "sample_size": 1024},
    texts=(
        text(width=768, layers=12, heads=12),
        text(width=1280, layers=32, heads=20, hidden_act="gelu"),
    ),
)
TINY_SDXL = Shapes(
    "sdxl",
    unet=_SDXL_UNET
    | {
        "sample_size": 8,
        "block_out_channels": (16, 32, 32),
        "transformer_layers_per_block": (1, 1, 2),
        "attention_head_dim": (2, 2, 2),
        "layers_per_block": 1,
        "cross_attention_dim": 64,
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 6 * 8 + 32,
        "norm_num_groups": 8,
    },
    vae=_SMALL_VAE,
    texts=(text(width=32, layers=2, heads=2), text(width=32, layers=2, heads=2)),
)

SIZES = {
    "tiny": Size(64, 1, 4, _random(TINY), "random"),
    "tiny-sdxl": Size(64, 1, 4, _random(TINY_SDXL), "random"),
    "paperdoll": Size(64, 4, 128, _paperdoll, "trained"),
    "sd15": Size(512, 1, 128, _random(SD15), "random"),
    "sd21": Size(512, 1, 128, _random(SD21), "random"),
    "sdxl": Size(1024, 1, 16, _random(SDXL), "random"),
}
"""`paperdoll` as the demo trains it; the others as most people train them."""

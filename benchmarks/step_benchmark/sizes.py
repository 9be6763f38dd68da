"""The models that can be measured, and what is usual for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import diffusers
import torch
from transformers import CLIPTextConfig, CLIPTextModel

from lora_wizard.models.base import PAPERDOLL, base_path
from lora_wizard.models.folder import load_folder
from lora_wizard.models.parts import Parts
from lora_wizard.models.vocabulary import clip_tokenizer

_diffusers: Any = diffusers  # its classes are untyped


@dataclass(frozen=True, slots=True)
class Size:
    """A model and what it is measured with where the command says nothing else."""

    resolution: int
    batch: int
    rank: int
    build: Callable[[], Parts]
    """Its parts in float32 on the CPU."""
    weights: str
    """What its weights are, in a word."""


def _random(unet: dict[str, Any], vae: dict[str, Any], text: dict[str, Any]) -> Parts:
    torch.manual_seed(0)
    return Parts(
        family="sd1",
        unet=_diffusers.UNet2DConditionModel(**unet),
        text_encoders=(CLIPTextModel(CLIPTextConfig(**text)),),
        tokenizers=(clip_tokenizer(),),
        vae=_diffusers.AutoencoderKL(**vae),
        schedule={},
    )


def _vae(blocks: tuple[int, ...], **more: Any) -> dict[str, Any]:
    return {
        "block_out_channels": blocks,
        "down_block_types": ("DownEncoderBlock2D",) * len(blocks),
        "up_block_types": ("UpDecoderBlock2D",) * len(blocks),
        "latent_channels": 4,
        "scaling_factor": 0.18215,
    } | more


def _text(width: int, layers: int, heads: int) -> dict[str, Any]:
    return {
        "vocab_size": 49408,
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "max_position_embeddings": 77,
        "projection_dim": width,
        "bos_token_id": 49406,
        "eos_token_id": 49407,
        "pad_token_id": 49407,
    }


def _tiny() -> Parts:
    unet = {
        "sample_size": 8,
        "block_out_channels": (32, 64),
        "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 32,
        "attention_head_dim": 2,
        "norm_num_groups": 8,
    }
    vae = _vae((8, 8, 16, 16), layers_per_block=1, norm_num_groups=8)
    return _random(unet, vae, _text(width=32, layers=2, heads=2))


def _sd15() -> Parts:
    # UNet2DConditionModel's defaults are SD1.5's, but for the width of the text states.
    unet = {"sample_size": 64, "cross_attention_dim": 768}
    vae = _vae((128, 256, 512, 512), layers_per_block=2, sample_size=512)
    return _random(unet, vae, _text(width=768, layers=12, heads=12))


def _paperdoll() -> Parts:
    device = torch.device("cpu")
    return load_folder(base_path(PAPERDOLL), family=None, device=device, dtype=torch.float32)


SIZES = {
    "tiny": Size(64, 1, 4, _tiny, "random"),
    "paperdoll": Size(64, 4, 128, _paperdoll, "trained"),
    "sd15": Size(512, 1, 128, _sd15, "random"),
}
"""`paperdoll` as the demo trains it; `sd15` as most people train it."""

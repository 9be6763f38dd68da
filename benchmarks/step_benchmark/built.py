"""Models built from shapes alone, with random weights: they cost the same time as trained ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import diffusers
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from lora_wizard.models.families import Family
from lora_wizard.models.parts import Parts
from lora_wizard.models.vocabulary import clip_tokenizer

_diffusers: Any = diffusers  # its classes are untyped


@dataclass(frozen=True, slots=True)
class Shapes:
    """The settings of a model's parts, as their classes take them."""

    family: Family
    unet: dict[str, Any]
    vae: dict[str, Any]
    texts: tuple[dict[str, Any], ...]
    """Of one text encoder, or of SDXL's two."""


def built(shapes: Shapes, dtype: torch.dtype) -> Parts:
    """A model of these shapes on the CPU; the same weights at every call."""
    torch.manual_seed(0)
    encoders = (CLIPTextModel, CLIPTextModelWithProjection)
    # SD2 and the second encoder fill captions up with zeros.
    pads: tuple[Literal["eos", "zero"], ...] = ("zero" if shapes.family == "sd2" else "eos", "zero")
    with _made_in(dtype):
        return Parts(
            family=shapes.family,
            unet=_diffusers.UNet2DConditionModel(**shapes.unet),
            text_encoders=tuple(
                kind(CLIPTextConfig(**settings))
                for kind, settings in zip(encoders, shapes.texts, strict=False)
            ),
            tokenizers=tuple(
                clip_tokenizer(pad) for pad, _ in zip(pads, shapes.texts, strict=False)
            ),
            vae=_diffusers.AutoencoderKL(**shapes.vae),
            schedule={"prediction_type": "epsilon"},
        )


def vae(blocks: tuple[int, ...], **more: Any) -> dict[str, Any]:
    """Settings of an autoencoder with so many channels in each block."""
    return {
        "block_out_channels": blocks,
        "down_block_types": ("DownEncoderBlock2D",) * len(blocks),
        "up_block_types": ("UpDecoderBlock2D",) * len(blocks),
        "latent_channels": 4,
        "scaling_factor": 0.18215,
    } | more


def text(width: int, layers: int, heads: int, **more: Any) -> dict[str, Any]:
    """Settings of a CLIP text encoder."""
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
    } | more


@contextmanager
def _made_in(dtype: torch.dtype) -> Iterator[None]:
    """Within it modules come in this precision: SDXL in fp32 first would need 14 GB."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)

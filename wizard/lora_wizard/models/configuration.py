"""The diffusers configurations of a single-file checkpoint, read off its tensors' shapes.

A single file carries no configuration, and the hub is never asked for one. Every width and depth
can be read from the shapes; what cannot (the number of attention heads, the activation) is fixed
by the family. So a model of unusual width is loaded like any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from lora_wizard.models.families import UNET, VAE, Family

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]

_HEADS: Mapping[Family, int] = {"sd1": 8}
"""Attention heads in every block of the UNet; the other families fix the width of a head."""
LATENT_SCALE: Mapping[Family, float] = {"sd1": 0.18215, "sd2": 0.18215, "sdxl": 0.13025}


def unet_configuration(shapes: Shapes, family: Family) -> dict[str, Any]:
    """`UNet2DConditionModel`'s configuration for LDM's `model.diffusion_model.` tensors."""
    blocks = _numbers(shapes, UNET + r"input_blocks\.(\d+)\.")
    downsamplers = _numbers(shapes, UNET + r"input_blocks\.(\d+)\.0\.op\.weight")
    # Each level is its layers and then a downsampler, except the last, which has none.
    layers = (downsamplers[0] if downsamplers else len(blocks)) - 1
    first_blocks = [1 + level * (layers + 1) for level in range(len(downsamplers) + 1)]
    widths = [
        shapes[f"{UNET}input_blocks.{block}.0.out_layers.3.weight"][0] for block in first_blocks
    ]
    attends = [_attention(shapes, block) is not None for block in first_blocks]
    context = next(shape for block in first_blocks if (shape := _attention(shapes, block)))
    return {
        "in_channels": shapes[f"{UNET}input_blocks.0.0.weight"][1],
        "out_channels": shapes[f"{UNET}out.2.weight"][0],
        "block_out_channels": widths,
        "layers_per_block": layers,
        "down_block_types": ["CrossAttnDownBlock2D" if here else "DownBlock2D" for here in attends],
        "up_block_types": [
            "CrossAttnUpBlock2D" if here else "UpBlock2D" for here in reversed(attends)
        ],
        "cross_attention_dim": context[1],
        "attention_head_dim": _HEADS[family],
        "sample_size": 64,
    }


def vae_configuration(shapes: Shapes, family: Family) -> dict[str, Any]:
    """`AutoencoderKL`'s configuration for LDM's `first_stage_model.` tensors."""
    levels = len(_numbers(shapes, VAE + r"encoder\.down\.(\d+)\."))
    return {
        "in_channels": shapes[f"{VAE}encoder.conv_in.weight"][1],
        "out_channels": shapes[f"{VAE}decoder.conv_out.weight"][0],
        "latent_channels": shapes[f"{VAE}decoder.conv_in.weight"][1],
        "block_out_channels": [
            shapes[f"{VAE}encoder.down.{level}.block.0.conv2.weight"][0] for level in range(levels)
        ],
        "layers_per_block": len(_numbers(shapes, VAE + r"encoder\.down\.0\.block\.(\d+)\.")),
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "scaling_factor": LATENT_SCALE[family],
        "sample_size": 512,
    }


def clip_configuration(shapes: Shapes) -> dict[str, Any]:
    """`CLIPTextConfig` for OpenAI's text encoder, its names beginning at `embeddings.`."""
    words, width = shapes["embeddings.token_embedding.weight"]
    return {
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": shapes["encoder.layers.0.mlp.fc1.weight"][0],
        "num_hidden_layers": len(_numbers(shapes, r"encoder\.layers\.(\d+)\.")),
        "num_attention_heads": max(1, width // 64),
        "max_position_embeddings": shapes["embeddings.position_embedding.weight"][0],
        "projection_dim": width,
        "hidden_act": "quick_gelu",
    }


def _attention(shapes: Shapes, block: int) -> tuple[int, ...] | None:
    """Shape of the first attention to text in an input block, None where it has none."""
    return shapes.get(f"{UNET}input_blocks.{block}.1.transformer_blocks.0.attn2.to_k.weight")


def _numbers(shapes: Shapes, pattern: str) -> list[int]:
    """The distinct numbers that `pattern` captures at the start of the names, in order."""
    found = {int(match[1]) for name in shapes if (match := re.match(pattern, name))}
    return sorted(found)

"""The diffusers configurations of a single-file checkpoint, read off its tensors' shapes.

A single file carries no configuration, and the hub is never asked for one. Every width and depth
can be read from the shapes; what cannot (the number of attention heads, the activation) is fixed
by the family. So a model of unusual width is loaded like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from lora_wizard.models.families import SDXL_TEXT_2, UNET, VAE, Family, context_width

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]

_SD1_HEADS = 8
"""Attention heads in every block of SD1's UNet; the other families fix the width of a head."""
_HEAD_WIDTH = 64
_SIZE_CONDITIONS = 6
"""Numbers that SDXL's UNet is told of a picture: original size, crop and target size."""
NATIVE_LATENTS: Mapping[Family, int] = {"sd1": 64, "sd2": 64, "sdxl": 128}
"""Side of the pictures that each family was made for, in latents of full-size VAEs (8 pixels)."""
_MARKS: Mapping[str, int] = {"bos_token_id": 49406, "eos_token_id": 49407}
"""CLIP's begin and end marks; the pooled state is the end mark's."""
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
    depths = [_depth(shapes, f"{UNET}input_blocks.{block}.1.") for block in first_blocks]
    attends = [depth > 0 for depth in depths]
    settings = {
        "in_channels": shapes[f"{UNET}input_blocks.0.0.weight"][1],
        "out_channels": shapes[f"{UNET}out.2.weight"][0],
        "block_out_channels": widths,
        "layers_per_block": layers,
        "down_block_types": ["CrossAttnDownBlock2D" if here else "DownBlock2D" for here in attends],
        "up_block_types": [
            "CrossAttnUpBlock2D" if here else "UpBlock2D" for here in reversed(attends)
        ],
        "cross_attention_dim": context_width(shapes),
        "attention_head_dim": _SD1_HEADS,
        "sample_size": NATIVE_LATENTS[family],
    }
    if family != "sd1":
        settings |= {
            "attention_head_dim": [max(1, width // _HEAD_WIDTH) for width in widths],
            "use_linear_projection": True,
        }
    if family == "sd2":
        settings["upcast_attention"] = True  # SD2.1's attention leaves the range of fp16
    if family == "sdxl":
        settings |= _sdxl_additions(shapes, depths)
    return settings


def _sdxl_additions(shapes: Shapes, depths: list[int]) -> dict[str, Any]:
    """What SDXL's UNet has besides: blocks of several transformers, and conditions on size."""
    additions = shapes[f"{UNET}label_emb.0.0.weight"][1]
    pooled = shapes[f"{SDXL_TEXT_2}text_projection"][1]
    return {
        "transformer_layers_per_block": [max(1, depth) for depth in depths],
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": (additions - pooled) // _SIZE_CONDITIONS,
        "projection_class_embeddings_input_dim": additions,
    }


def vae_configuration(shapes: Shapes, family: Family, prefix: str = VAE) -> dict[str, Any]:
    """`AutoencoderKL`'s configuration for a VAE's tensors in LDM names behind `prefix`."""
    levels = len(_numbers(shapes, prefix + r"encoder\.down\.(\d+)\."))
    return {
        "in_channels": shapes[f"{prefix}encoder.conv_in.weight"][1],
        "out_channels": shapes[f"{prefix}decoder.conv_out.weight"][0],
        "latent_channels": shapes[f"{prefix}decoder.conv_in.weight"][1],
        "block_out_channels": [
            shapes[f"{prefix}encoder.down.{level}.block.0.conv2.weight"][0]
            for level in range(levels)
        ],
        "layers_per_block": len(_numbers(shapes, prefix + r"encoder\.down\.0\.block\.(\d+)\.")),
        "down_block_types": ["DownEncoderBlock2D"] * levels,
        "up_block_types": ["UpDecoderBlock2D"] * levels,
        "scaling_factor": LATENT_SCALE[family],
        "sample_size": 8 * NATIVE_LATENTS[family],
    }


def clip_configuration(shapes: Shapes) -> dict[str, Any]:
    """`CLIPTextConfig` for OpenAI's text encoder, its names beginning at `embeddings.`."""
    words, width = shapes["embeddings.token_embedding.weight"]
    return {
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": shapes["encoder.layers.0.mlp.fc1.weight"][0],
        "num_hidden_layers": len(_numbers(shapes, r"encoder\.layers\.(\d+)\.")),
        "num_attention_heads": max(1, width // _HEAD_WIDTH),
        "max_position_embeddings": shapes["embeddings.position_embedding.weight"][0],
        "projection_dim": width,
        "hidden_act": "quick_gelu",
        **_MARKS,
    }


def open_clip_configuration(shapes: Shapes) -> dict[str, Any]:
    """`CLIPTextConfig` for OpenCLIP's text encoder in its own names, beginning at `ln_final.`."""
    words, width = shapes["token_embedding.weight"]
    projection = shapes.get("text_projection", (width, width))
    return {
        "vocab_size": words,
        "hidden_size": width,
        "intermediate_size": shapes["transformer.resblocks.0.mlp.c_fc.weight"][0],
        "num_hidden_layers": len(layer_numbers(shapes)),
        "num_attention_heads": max(1, width // _HEAD_WIDTH),
        "max_position_embeddings": shapes["positional_embedding"][0],
        "projection_dim": projection[1],
        "hidden_act": "gelu",
        **_MARKS,
    }


def layer_numbers(names: Iterable[str]) -> list[int]:
    """The numbers of the layers of an OpenCLIP text encoder in its own names."""
    return _numbers(names, r"transformer\.resblocks\.(\d+)\.")


def _depth(shapes: Shapes, prefix: str) -> int:
    """How many transformer blocks lie one after another behind `prefix`; 0 without attention."""
    return len(_numbers(shapes, re.escape(prefix) + r"transformer_blocks\.(\d+)\."))


def _numbers(names: Iterable[str], pattern: str) -> list[int]:
    """The distinct numbers that `pattern` captures at the start of the names, in order."""
    found = {int(match[1]) for name in names if (match := re.match(pattern, name))}
    return sorted(found)

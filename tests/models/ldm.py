"""A base model as one checkpoint file, in the names and shapes that models are passed on in.

The counterpart of `lora_wizard.models.single_file`, written from the formats' own tables and
tested against names that published files have: LDM's UNet and VAE (CompVis), the prefixes of
Stability's SD1, SD2 and SDXL files, and OpenCLIP's text encoder with its packed attention.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from lora_wizard.models.base import BaseModel

Tensors = dict[str, Tensor]


def single_file_tensors(base: BaseModel) -> Tensors:
    """All tensors of a base model in the names of a single file of its family."""
    tensors = _prefixed("model.diffusion_model.", ldm_unet(base.unet))
    tensors |= _prefixed("first_stage_model.", ldm_vae(base.vae))
    first = base.text_encoders[0]
    if base.family == "sd1":
        return tensors | _prefixed("cond_stage_model.transformer.text_model.", clip(first))
    if base.family == "sd2":
        return tensors | _prefixed("cond_stage_model.model.", open_clip_of_sd2(first))
    tensors |= _prefixed("conditioner.embedders.0.transformer.text_model.", clip(first))
    second = base.text_encoders[1]
    projected = {"text_projection": second.text_projection.weight.T}
    named = open_clip(clip(second)) | projected | {"logit_scale": torch.tensor(4.6)}
    return tensors | _prefixed("conditioner.embedders.1.model.", named)


def save_single_file(
    base: BaseModel,
    path: Path,
    *,
    metadata: dict[str, str] | None = None,
    marks: tuple[str, ...] = (),
) -> Path:
    """Writes a base model as a `.safetensors` or `.ckpt` file.

    Args:
        marks: names of empty tensors to add, such as `v_pred`.
    """
    tensors = {name: one.clone().contiguous() for name, one in single_file_tensors(base).items()}
    tensors |= {name: torch.zeros(0) for name in marks}
    if path.suffix == ".safetensors":
        save_file(tensors, path, metadata=metadata)
    else:
        torch.save({"state_dict": tensors, "epoch": 3, "global_step": 470_000}, path)
    return path


def clip(encoder: Any) -> Tensors:
    """A text encoder's tensors, their names beginning at `embeddings.`."""
    inner = getattr(encoder, "text_model", encoder)
    tensors: Tensors = dict(inner.state_dict())
    return tensors


def open_clip_of_sd2(encoder: Any) -> Tensors:
    """SD2's encoder: with the last layer that its UNet never sees, and what else the file has."""
    tensors = clip(encoder)
    depth = int(encoder.config.num_hidden_layers)
    unread = {
        name.replace("layers.0.", f"layers.{depth}."): torch.randn_like(tensor)
        for name, tensor in tensors.items()
        if name.startswith("encoder.layers.0.")
    }
    width = int(encoder.config.hidden_size)
    others = {"text_projection": torch.randn(width, width), "logit_scale": torch.tensor(4.6)}
    return open_clip(tensors | unread) | others


def open_clip(tensors: Tensors) -> Tensors:
    """A text encoder's tensors in OpenCLIP's names, query, key and value packed."""
    renamed: Tensors = {}
    for name, tensor in tensors.items():
        if name in _OPEN_CLIP_OUTER:
            renamed[_OPEN_CLIP_OUTER[name]] = tensor
        elif "q_proj" in name:
            parts = [
                tensors[name.replace("q_proj", part)] for part in ("q_proj", "k_proj", "v_proj")
            ]
            packed = name.replace("self_attn.q_proj.", "attn.in_proj_")
            renamed[_open_clip_layer(packed)] = torch.cat(parts)
        elif "k_proj" not in name and "v_proj" not in name:
            renamed[_open_clip_layer(name)] = tensor
    return renamed


_OPEN_CLIP_OUTER = {
    "embeddings.token_embedding.weight": "token_embedding.weight",
    "embeddings.position_embedding.weight": "positional_embedding",
    "final_layer_norm.weight": "ln_final.weight",
    "final_layer_norm.bias": "ln_final.bias",
}
_OPEN_CLIP_INNER = {
    "encoder.layers.": "transformer.resblocks.",
    "layer_norm": "ln_",
    "self_attn.": "attn.",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}


def _open_clip_layer(name: str) -> str:
    for ours, theirs in _OPEN_CLIP_INNER.items():
        name = name.replace(ours, theirs)
    return name


def _prefixed(prefix: str, tensors: Tensors) -> Tensors:
    return {prefix + name: tensor for name, tensor in tensors.items()}


_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_VAE_PIECES = {
    r"mid_block\.resnets\.0": "mid.block_1",
    r"mid_block\.resnets\.1": "mid.block_2",
    r"mid_block\.attentions\.0": "mid.attn_1",
    r"\.resnets\.": ".block.",
    r"samplers\.0\.conv": "sample.conv",
    "group_norm": "norm",
    r"to_([qkv])": r"\1",
    r"to_out\.0": "proj_out",
    "conv_norm_out": "norm_out",
    "conv_shortcut": "nin_shortcut",
}


def ldm_unet(module: Any) -> Tensors:
    """A UNet's tensors in LDM names, without prefix."""
    blocks = _unet_blocks(module)
    renamed = {}
    for name, tensor in module.state_dict().items():
        block = next(block for block in blocks if name.startswith(block + "."))
        rest = name.removeprefix(block)
        if "resnets" in block:
            part = rest.split(".")[1]
            rest = rest.replace(part, _RESNET[part], 1)
        renamed[blocks[block] + rest] = tensor
    return renamed


def ldm_vae(module: Any) -> Tensors:
    """A VAE's tensors in LDM names, without prefix."""
    top = len(module.config.block_out_channels) - 1
    renamed = {}
    for name, tensor in module.state_dict().items():
        is_matrix = ".attentions." in name and tensor.ndim == 2
        ldm_name = re.sub(r"down_blocks\.", "down.", name)
        ldm_name = re.sub(r"up_blocks\.(\d)", lambda at: f"up.{top - int(at[1])}", ldm_name)
        for ours, theirs in _VAE_PIECES.items():
            ldm_name = re.sub(ours, theirs, ldm_name)
        renamed[ldm_name] = tensor[:, :, None, None] if is_matrix else tensor
    return renamed


def _unet_blocks(module: Any) -> dict[str, str]:
    """diffusers' name of each block and LDM's."""
    levels, layers = len(module.config.block_out_channels), module.config.layers_per_block
    names = {
        "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "add_embedding.linear_1": "label_emb.0.0",
        "add_embedding.linear_2": "label_emb.0.2",
        "conv_in": "input_blocks.0.0",
        "conv_norm_out": "out.0",
        "conv_out": "out.2",
        "mid_block.resnets.0": "middle_block.0",
        "mid_block.attentions.0": "middle_block.1",
        "mid_block.resnets.1": "middle_block.2",
    }
    for level in range(levels):
        down, first = f"down_blocks.{level}", 1 + level * (layers + 1)
        for layer in range(layers):
            names[f"{down}.resnets.{layer}"] = f"input_blocks.{first + layer}.0"
            names[f"{down}.attentions.{layer}"] = f"input_blocks.{first + layer}.1"
        names[f"{down}.downsamplers.0.conv"] = f"input_blocks.{first + layers}.0.op"
        up, first = f"up_blocks.{level}", level * (layers + 1)
        for layer in range(layers + 1):
            names[f"{up}.resnets.{layer}"] = f"output_blocks.{first + layer}.0"
            names[f"{up}.attentions.{layer}"] = f"output_blocks.{first + layer}.1"
        place = 2 if hasattr(module.up_blocks[level], "attentions") else 1
        names[f"{up}.upsamplers.0.conv"] = f"output_blocks.{first + layers}.{place}.conv"
    return names

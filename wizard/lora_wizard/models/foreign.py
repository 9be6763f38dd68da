"""What a checkpoint file is where it is no Stable Diffusion 1, 2 or XL base model.

By its tensors' names and shapes only. A name is listed where it is sure; what is not known here is
said to be unknown, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Shapes: TypeAlias = Mapping[str, tuple[int, ...]]

UNET = "model.diffusion_model."
VAE = "first_stage_model."
_INPUT = f"{UNET}input_blocks.0.0.weight"
_SAMPLE_CHANNELS = 4

UNKNOWN = "not a Stable Diffusion checkpoint"
"""Said of a file that nothing is known of."""
NO_BASE = ", not a base model"
"""How sentences end on files that somebody may take for one."""

_LORA_ENDINGS = (
    ".lora_down.weight",
    ".lora_up.weight",
    ".lora_A.weight",
    ".lora_B.weight",
    ".lora.down.weight",
    ".hada_w1_a",
    ".lokr_w1",
    ".lokr_w1_a",
    ".oft_blocks",
)
_MARKS = (
    # Chroma before Flux, Z-Image before Lumina: each has names of the other besides its own.
    ("distilled_guidance_layer.", "a Chroma model"),
    ("single_stream_modulation.", "a Flux 2 model"),
    ("double_blocks.", "a Flux model"),
    ("joint_blocks.", "a Stable Diffusion 3 model"),
    ("double_stream_blocks.", "a HiDream model"),
    ("double_layers.", "an AuraFlow model"),
    ("control_model.", "a ControlNet"),
    ("controlnet_cond_embedding.", "a ControlNet"),
    ("input_hint_block.", "a ControlNet"),
    ("motion_modules.", "a motion module of AnimateDiff"),
    (".time_stack.", "a video model"),
    ("llm_adapter.", "an Anima model"),
    ("txt_norm.weight", "a Qwen-Image model"),
    ("txt_in.text_norm.weight", "a Qwen-Image model"),
    ("img_mod.1.weight", "a Qwen-Image model"),
    ("patchify_proj.", "an LTX video model"),
    ("head.modulation", "a Wan video model"),
    ("txt_in.individual_token_refiner.", "a Hunyuan video model"),
    ("y_embedder.y_proj.fc1.", "a PixArt model"),
    ("mlp_t5.", "a HunyuanDiT model"),
    ("clip_txt_mapper.", "a Stable Cascade model"),
    ("conditioner.embedders.0.model.", f"the SDXL refiner{NO_BASE}"),
    ("embedder.model.visual.", "a model that is prompted by pictures (unCLIP)"),
    ("ip_adapter.", "an IP-Adapter"),
    ("layers.0.adaLN_modulation.0.weight", "a Z-Image model"),
    ("cap_embedder.", "a Lumina model"),
)
"""A part of a name, and what a file is that has it."""


def foreign_kind(shapes: Shapes) -> str:
    """In words that complete "The file is ..."; empty where nothing speaks against the families."""
    if not shapes:
        return "empty: it holds no tensors"
    if any(name.endswith(_LORA_ENDINGS) for name in shapes):
        return f"a LoRA{NO_BASE}"
    for mark, kind in _MARKS:
        if any(mark in name for name in shapes):
            return kind
    if any(name.startswith("edm_") for name in shapes):
        return (
            "an SDXL made for another kind of noise (EDM, as Playground v2.5 and CosXL are), "
            "which is not trained here"
        )
    if {"emb_params", "clip_g"} & shapes.keys() or _any_starts(shapes, "string_to_param"):
        return f"a textual inversion embedding{NO_BASE}"
    if not _any_starts(shapes, UNET):
        return _part_of_a_model(shapes)
    return _unusual_unet(shapes)


def _unusual_unet(shapes: Shapes) -> str:
    first = shapes.get(_INPUT)
    if first is None:
        return "a model of a family that is not known here"
    if first[1] != _SAMPLE_CHANNELS:
        return f"an inpainting or editing model ({first[1]} input channels instead of 4)"
    has_conditions = f"{UNET}label_emb.0.0.weight" in shapes
    if has_conditions and _any_starts(shapes, "cond_stage_model."):
        return "a model that is prompted by pictures (unCLIP)"
    if has_conditions and not _any_starts(shapes, f"{UNET}middle_block.1."):
        return "a shrunk SDXL (as SSD-1B and Segmind Vega are), which is not trained here"
    return ""


def _part_of_a_model(shapes: Iterable[str]) -> str:
    if _any_starts(shapes, "down_blocks."):
        return "only the UNet of a diffusers folder"
    if _any_starts(shapes, ("input_blocks.", "diffusion_model.input_blocks.")):
        return "only a UNet, without text encoders"
    if _any_starts(shapes, ("encoder.down", "decoder.up", VAE)):
        return "only a VAE"
    if _any_starts(shapes, ("text_model.", "encoder.layers.", "transformer.resblocks.")):
        return "only a text encoder"
    return UNKNOWN


def _any_starts(names: Iterable[str], prefix: str | tuple[str, ...]) -> bool:
    return any(name.startswith(prefix) for name in names)

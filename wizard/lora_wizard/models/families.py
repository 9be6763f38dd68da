"""Which family a model belongs to, told from the names and shapes of its tensors or its files.

Only names, shapes and configurations are looked at, never weights. What is no Stable Diffusion
checkpoint is named where it is known, so that the error can say what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Family: TypeAlias = Literal["sd1", "sd2", "sdxl"]

FAMILY_NAMES: Mapping[Family, str] = {
    "sd1": "Stable Diffusion 1.x",
    "sd2": "Stable Diffusion 2.x",
    "sdxl": "Stable Diffusion XL",
}
_CONTEXT_WIDTHS: Mapping[int, Family] = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
"""Width of the text states each family's UNet reads."""

UNET = "model.diffusion_model."
VAE = "first_stage_model."
SD1_TEXT = "cond_stage_model.transformer."
SD2_TEXT = "cond_stage_model.model."
SDXL_TEXT_1 = "conditioner.embedders.0.transformer."
SDXL_TEXT_2 = "conditioner.embedders.1.model."


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a checkpoint file is."""

    family: Family | None
    """None where it cannot be a base model."""
    sentence: str
    """What it is, in words that complete "The file is ..."."""


def recognise_file(shapes: Mapping[str, tuple[int, ...]]) -> Recognised:
    """What a single checkpoint file holds, by its tensors' names and shapes."""
    foreign = _foreign_kind(shapes)
    if foreign:
        return Recognised(None, foreign)
    family = _family_by_text_encoder(shapes) or _CONTEXT_WIDTHS.get(context_width(shapes))
    if family is None:
        return Recognised(None, "a checkpoint of a family that is not known here")
    return Recognised(family, f"a {FAMILY_NAMES[family]} checkpoint")


def recognise_folder(index: Mapping[str, Any], unet_config: Mapping[str, Any]) -> Family | None:
    """The family of a diffusers folder by its `model_index.json` and the UNet's configuration.

    One text encoder with states of an unusual width counts as SD1: small models are built so.
    """
    if _holds(index, "text_encoder_2"):
        return "sdxl"
    if not _holds(index, "text_encoder") or not _holds(index, "unet"):
        return None
    return "sd2" if unet_config.get("cross_attention_dim") == 1024 else "sd1"


def context_width(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Width of the text states that a UNet in LDM names reads; 0 where it reads none."""
    for name, shape in shapes.items():
        if name.startswith(UNET) and name.endswith("attn2.to_k.weight"):
            return shape[1]
    return 0


def _family_by_text_encoder(shapes: Iterable[str]) -> Family | None:
    if _any_starts(shapes, SDXL_TEXT_2):
        return "sdxl"
    if _any_starts(shapes, SD2_TEXT):
        return "sd2"
    return "sd1" if _any_starts(shapes, SD1_TEXT) else None


_LORA_MARKS = (
    ".lora_down.weight",
    ".lora_up.weight",
    ".lora_A.weight",
    ".lora_B.weight",
    ".lora.down.weight",
    ".hada_w1_a",
    ".lokr_w1",
    ".lokr_w1_a",
)


def _foreign_kind(shapes: Mapping[str, tuple[int, ...]]) -> str:
    """What the file is where it is no base model of these families, or an empty string."""
    if not shapes:
        return "empty: it holds no tensors"
    if any(name.endswith(_LORA_MARKS) for name in shapes):
        return "a LoRA, not a base model"
    for mark, kind in (
        ("double_blocks.", "a Flux model"),
        ("joint_blocks.", "a Stable Diffusion 3 model"),
        ("control_model.", "a ControlNet"),
        ("conditioner.embedders.0.model.", "the SDXL refiner, not a base model"),
    ):
        if any(mark in name for name in shapes):
            return kind
    if {"emb_params", "clip_g"} & shapes.keys() or _any_starts(shapes, "string_to_param"):
        return "a textual-inversion embedding, not a base model"
    if not _any_starts(shapes, UNET):
        return _part_of_a_model(shapes)
    first = shapes.get(f"{UNET}input_blocks.0.0.weight")
    if first is None:
        return "a model of a family that is not known here"
    if first[1] != 4:
        return f"an inpainting or editing model ({first[1]} input channels instead of 4)"
    return ""


def _part_of_a_model(shapes: Iterable[str]) -> str:
    if _any_starts(shapes, "down_blocks."):
        return "only the UNet of a diffusers folder"
    if _any_starts(shapes, ("encoder.down", "decoder.up", VAE)):
        return "only a VAE"
    if _any_starts(shapes, ("text_model.", "encoder.layers.")):
        return "only a text encoder"
    return "not a Stable Diffusion checkpoint"


def _any_starts(names: Iterable[str], prefix: str | tuple[str, ...]) -> bool:
    return any(name.startswith(prefix) for name in names)


def _holds(index: Mapping[str, Any], part: str) -> bool:
    entry = index.get(part)
    return isinstance(entry, (list, tuple)) and bool(entry) and entry[0] is not None

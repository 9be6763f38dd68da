"""Which family a model belongs to, told from the names and shapes of its tensors or its files.

Only names, shapes and configurations are looked at, never weights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from lora_wizard.models.foreign import UNET, VAE, foreign_kind

__all__ = [
    "FAMILY_NAMES",
    "SD1_TEXT",
    "SD2_TEXT",
    "SDXL_TEXT_1",
    "SDXL_TEXT_2",
    "TEXT_ENCODERS",
    "UNET",
    "VAE",
    "Family",
    "Recognised",
    "agrees",
    "context_width",
    "fits_width",
    "recognise_file",
    "recognise_folder",
]

Family: TypeAlias = Literal["sd1", "sd2", "sdxl"]

FAMILY_NAMES: Mapping[Family, str] = {
    "sd1": "Stable Diffusion 1.x",
    "sd2": "Stable Diffusion 2.x",
    "sdxl": "Stable Diffusion XL",
}
_CONTEXT_WIDTHS: Mapping[int, Family] = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
"""Width of the text states each family's UNet reads."""

SD1_TEXT = "cond_stage_model.transformer."
SD2_TEXT = "cond_stage_model.model."
SDXL_TEXT_1 = "conditioner.embedders.0.transformer."
SDXL_TEXT_2 = "conditioner.embedders.1.model."
TEXT_ENCODERS: Mapping[Family, tuple[str, ...]] = {
    "sd1": (SD1_TEXT,),
    "sd2": (SD2_TEXT,),
    "sdxl": (SDXL_TEXT_1, SDXL_TEXT_2),
}
"""How the names of each family's text encoders begin in a single file."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a checkpoint file is."""

    family: Family | None
    """None where it cannot be a base model."""
    sentence: str
    """What it is, in words that complete "The file is ..."."""


def recognise_file(shapes: Mapping[str, tuple[int, ...]]) -> Recognised:
    """What a single checkpoint file holds, by its tensors' names and shapes."""
    foreign = foreign_kind(shapes)
    if foreign:
        return Recognised(None, foreign)
    family = _family_by_text_encoder(shapes) or _CONTEXT_WIDTHS.get(context_width(shapes))
    if family is None:
        return Recognised(None, "a checkpoint of a family that is not known here")
    return Recognised(family, f"a {FAMILY_NAMES[family]} checkpoint")


def recognise_folder(index: Mapping[str, Any], unet_config: Mapping[str, Any]) -> Family | None:
    """The family of a diffusers folder by its `model_index.json` and the UNet's configuration.

    Where the text states have an unusual width, SD2 is told by its linear projections: small
    models are built so.
    """
    if _holds(index, "text_encoder_2"):
        return "sdxl" if _holds(index, "text_encoder") else None
    if not _holds(index, "text_encoder") or not _holds(index, "unet"):
        return None
    width = unet_config.get("cross_attention_dim")
    known = _CONTEXT_WIDTHS.get(width) if isinstance(width, int) else None
    if known == "sdxl":  # with one encoder only
        return None
    return known or ("sd2" if unet_config.get("use_linear_projection") else "sd1")


def agrees(family: Family, shapes: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a file of these tensors can be a model of this family."""
    encoders = all(_any_starts(shapes, prefix) for prefix in TEXT_ENCODERS[family])
    return encoders and fits_width(family, context_width(shapes))


def fits_width(family: Family, width: int) -> bool:
    """Whether text states of this width can be this family's; an unusual width can be any's."""
    return _CONTEXT_WIDTHS.get(width, family) == family


def context_width(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Width of the text states that a UNet in LDM names reads; 0 where it reads none."""
    for name, shape in shapes.items():
        if name.startswith(UNET) and name.endswith("attn2.to_k.weight"):
            return shape[1]
    return 0


def _family_by_text_encoder(shapes: Iterable[str]) -> Family | None:
    for family in FAMILY_NAMES:
        if _any_starts(shapes, TEXT_ENCODERS[family][-1]):
            return family
    return None


def _any_starts(names: Iterable[str], prefix: str | tuple[str, ...]) -> bool:
    return any(name.startswith(prefix) for name in names)


def _holds(index: Mapping[str, Any], part: str) -> bool:
    entry = index.get(part)
    return isinstance(entry, (list, tuple)) and bool(entry) and entry[0] is not None

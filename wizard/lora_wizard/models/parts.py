"""The parts of a base model as a loader hands them over, before they are made ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lora_wizard.models.families import Family


@dataclass(frozen=True)
class Parts:
    """What both loaders return: modules of diffusers and transformers, and the schedule."""

    family: Family
    unet: Any
    """`UNet2DConditionModel`."""
    text_encoders: tuple[Any, ...]
    """`CLIPTextModel`; for SDXL a `CLIPTextModelWithProjection` second."""
    tokenizers: tuple[Any, ...]
    vae: Any
    """`AutoencoderKL`."""
    schedule: Mapping[str, Any]
    """A scheduler's configuration; may leave out what the family fixes."""

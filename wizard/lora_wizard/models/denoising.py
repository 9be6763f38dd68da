"""What a UNet says of noisy latents: the one place that knows how the families are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lora_wizard.models.vocabulary import CONTEXT_TOKENS


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a UNet is told beside latents and time."""

    hidden: Tensor
    """`(batch, tokens, width)` text states."""
    pooled: Tensor | None = None
    """`(batch, width of the second encoder)` for SDXL, else None."""
    sizes: Tensor | None = None
    """`(batch, 6)` float32 for SDXL: half precision cannot tell 1533 pixels from 1536. The other
    families do not look at them."""


def predict(unet: Any, noisy: Tensor, times: Tensor, conditions: Conditions) -> Tensor:
    """Noise or velocity, as the UNet was trained to tell it; in its precision.

    Args:
        unet: a `UNet2DConditionModel`.
        noisy: `(batch, channels, height, width)`.
        times: `(batch,)` timesteps, or one for all.
        conditions: of the batch.
    """
    dtype = unet.dtype
    inputs: dict[str, Any] = {"encoder_hidden_states": conditions.hidden.to(dtype)}
    if conditions.pooled is not None:
        inputs["added_cond_kwargs"] = {
            "text_embeds": conditions.pooled.to(dtype),
            "time_ids": conditions.sizes,
        }
    predicted: Tensor = unet(noisy.to(dtype), times, **inputs, return_dict=False)[0]
    return predicted


def no_conditions(unet: Any, batch: int, side: int = 1) -> Conditions:
    """Zeros in the place of text, as SDXL was trained where a caption was dropped.

    Args:
        side: of the picture, in pixels.
    """
    config, kind = unet.config, {"dtype": unet.dtype, "device": unet.device}
    hidden = torch.zeros(batch, CONTEXT_TOKENS, config.cross_attention_dim, **kind)
    if config.addition_embed_type != "text_time":
        return Conditions(hidden)
    width = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
    sizes = torch.tensor([[side, side, 0, 0, side, side]] * batch, dtype=torch.float32)
    return Conditions(hidden, torch.zeros(batch, width, **kind), sizes.to(unet.device))

"""What the base says of noisy latents: the one place that knows how its families are asked."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from lora_wizard.models.base import BaseModel
from lora_wizard.models.text import TextStates


def predict(
    base: BaseModel,
    noisy: Tensor,
    times: Tensor,
    texts: TextStates,
    sizes: Tensor,
) -> Tensor:
    """What the UNet says of noisy latents.

    Args:
        noisy: `(batch, channels, height, width)`.
        times: `(batch,)` timesteps.
        texts: of the batch's captions.
        sizes: `(batch, 6)` float32 of the batch's pictures, as SDXL reads them; the others do not
            look at them.
    """
    dtype = base.unet.dtype
    inputs: dict[str, Any] = {"encoder_hidden_states": texts.hidden.to(dtype)}
    if texts.pooled is not None:
        inputs["added_cond_kwargs"] = {
            "text_embeds": texts.pooled.to(dtype),
            "time_ids": sizes,
        }
    predicted: Tensor = base.unet(noisy.to(dtype), times, **inputs, return_dict=False)[0]
    return predicted

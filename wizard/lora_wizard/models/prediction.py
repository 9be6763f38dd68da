"""What a UNet predicts, noise or velocity, and on which schedule: by what a single file says of it.

Trainers of velocity models add empty tensors as marks (`v_pred`, `ztsnr`); Stability's model
specification has a line for it in the header (`modelspec.prediction_type`). SD1 and SDXL without
either predict noise. SD2 was passed on in both kinds without a word, so it is tried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lora_wizard.models.residence import brought
from lora_wizard.models.vocabulary import CONTEXT_TOKENS

_SPEC = "modelspec."
_TRIALS = 4
_LATENT_SIDE = 32
_LAST_STEP = 999
_HALFWAY = 0.5


def told_schedule(names: Mapping[str, Any], metadata: Mapping[str, str]) -> dict[str, Any]:
    """What a file says of its schedule, as a scheduler's configuration; empty where it is silent.

    Args:
        names: its tensors' names.
        metadata: its header's texts.
    """
    schedule: dict[str, Any] = {}
    kind = metadata.get(f"{_SPEC}prediction_type", "").lower()
    architecture = metadata.get(f"{_SPEC}architecture", "")
    if "v_pred" in names or kind in ("v", "v_prediction", "v-prediction", "velocity"):
        schedule["prediction_type"] = "v_prediction"
    elif kind == "epsilon":
        schedule["prediction_type"] = "epsilon"
    elif architecture.startswith("stable-diffusion-v2-"):
        velocity = architecture.startswith("stable-diffusion-v2-768-v")
        schedule["prediction_type"] = "v_prediction" if velocity else "epsilon"
    if "ztsnr" in names and schedule.get("prediction_type") == "v_prediction":
        schedule["rescale_betas_zero_snr"] = True
    return schedule


@torch.no_grad()
def echo_of_noise(unet: Any, text: Tensor) -> float:
    """How much of pure noise comes back from a UNet at the last step: 1 for noise, 0 for velocity.

    There the input is noise but for a trace of picture, so a UNet that predicts the noise gives its
    input back. One that predicts the velocity `alpha noise - sigma picture` (Salimans and Ho, 2022,
    appendix D) gives the picture's negative, in which the noise has no share. The share is the
    slope of the output over the input.

    Args:
        text: `(1, tokens, width)` states of an empty caption.
    """
    parameter = next(unet.parameters())
    chance = torch.Generator().manual_seed(0)
    shape = (_TRIALS, int(unet.config.in_channels), _LATENT_SIDE, _LATENT_SIDE)
    noise = torch.randn(shape, generator=chance)
    hidden = text.to(parameter.device, parameter.dtype).expand(_TRIALS, -1, -1)
    times = torch.tensor(_LAST_STEP, device=parameter.device)
    output = unet(noise.to(parameter.device, parameter.dtype), times, hidden, return_dict=False)[0]
    return float((output.float().cpu() * noise).sum() / noise.square().sum())


def tried_out(unet: Any, encoder: Any, tokenizer: Any) -> tuple[str, str]:
    """What a UNet of SD2 predicts, found by a trial, and a sentence that says so.

    Returns:
        `epsilon` or `v_prediction`, and the sentence.
    """
    ids = tokenizer("", padding="max_length", max_length=CONTEXT_TOKENS, return_tensors="pt")
    device = next(unet.parameters()).device
    with torch.no_grad(), brought([encoder], device):
        text = encoder(ids.input_ids.to(device)).last_hidden_state
    echo = echo_of_noise(unet, text)
    velocity = echo < _HALFWAY
    found, other = ("velocity", "false") if velocity else ("noise", "true")
    sentence = (
        f"the file does not say what it predicts. A trial says {found} ({echo:.2f} "
        "of pure noise came back; about 1 means noise, about 0 velocity). "
        f"To decide otherwise set model.v_prediction = {other}"
    )
    return ("v_prediction" if velocity else "epsilon"), sentence

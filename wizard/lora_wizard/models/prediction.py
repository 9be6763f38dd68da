"""What a UNet predicts, noise or velocity, and on which schedule: by what a single file says of it.

Trainers of velocity models add empty tensors as marks (`v_pred`, `ztsnr`); Stability's model
specification has a line for it in the header (`modelspec.prediction_type`). Where a file has
neither, it is tried out. SD2 was passed on in both kinds without a word, so there the trial
decides. SD1 and SDXL predict noise by custom; a trial that says otherwise is a doubt that the user
is told, for merges of velocity models lose their marks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from lora_wizard.models.denoising import Conditions, no_conditions, predict
from lora_wizard.models.families import FAMILY_NAMES
from lora_wizard.models.parts import Parts
from lora_wizard.models.residence import brought
from lora_wizard.models.vocabulary import CONTEXT_TOKENS

_SPEC = "modelspec."
_LATENT_SIDE = 32
"""Of the noise tried with: 4096 numbers, which give the share to 0.02."""
_PICTURE_SIDE = 8 * _LATENT_SIDE
_LAST_STEP = 999
_HALFWAY = 0.5
_OPTION = {"true": " (or --v-prediction)", "false": " (or --epsilon)"}
"""Of the commands that only draw."""


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


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is known of a base's schedule, and how it was found."""

    config: Mapping[str, Any]
    """A scheduler's configuration."""
    notes: tuple[str, ...] = ()
    """What was decided by a trial, in a sentence."""
    doubts: tuple[str, ...] = ()
    """What a trial speaks against."""


def told_or_tried(parts: Parts, name: str, v_prediction: bool | None) -> Schedule:
    """The schedule of loaded parts: told by the user, by their files, or found by a trial.

    Args:
        name: what the base is called in sentences.
        v_prediction: the user's word; None where there is none.
    """
    if v_prediction is not None or "prediction_type" in parts.schedule:
        return Schedule(parts.schedule)
    echo = _trial(parts)
    found = "epsilon" if echo > _HALFWAY else "v_prediction"
    share = round(echo, 2) + 0.0  # never "-0.00"
    seen = f"({share:.2f} of pure noise came back; about 1 means noise, about 0 velocity)"
    if parts.family == "sd2":
        called, other = ("noise", "true") if echo > _HALFWAY else ("velocity", "false")
        sentence = (
            f"{name}: the file does not say what it predicts. A trial says {called} {seen}. "
            f"To decide otherwise set model.v_prediction = {other}{_OPTION[other]}"
        )
        return Schedule({**parts.schedule, "prediction_type": found}, notes=(sentence,))
    if found == "epsilon":
        return Schedule(parts.schedule)
    sentence = (
        f"{name}: the file does not say what it predicts, so it is taken to predict noise, as "
        f"{FAMILY_NAMES[parts.family]} does; but a trial speaks for velocity {seen}. If it is a "
        f"v-prediction model, set model.v_prediction = true{_OPTION['true']}, and usually "
        f"model.zero_terminal_snr = true, too; if not, model.v_prediction = false"
        f"{_OPTION['false']} ends this warning"
    )
    return Schedule(parts.schedule, doubts=(sentence,))


@torch.no_grad()
def echo_of_noise(unet: Any, conditions: Conditions) -> float:
    """How much of pure noise comes back from a UNet at the last step: 1 for noise, 0 for velocity.

    There the input is noise but for a trace of picture, so a UNet that predicts the noise gives its
    input back. One that predicts the velocity `alpha noise - sigma picture` (Salimans and Ho, 2022,
    appendix D) gives the picture's negative, in which the noise has no share. The share is the
    slope of the output over the input.

    Args:
        conditions: of one picture without a caption.
    """
    chance = torch.Generator().manual_seed(0)
    shape = (1, int(unet.config.in_channels), _LATENT_SIDE, _LATENT_SIDE)
    noise = torch.randn(shape, generator=chance)
    times = torch.tensor(_LAST_STEP, device=unet.device)
    output = predict(unet, noise.to(unet.device), times, conditions).float().cpu()
    return float((output * noise).sum() / noise.square().sum())


def _trial(parts: Parts) -> float:
    """The echo of noise in a base of any family."""
    unet = parts.unet
    if parts.family == "sdxl":
        return echo_of_noise(unet, no_conditions(unet, 1, _PICTURE_SIDE))
    encoder, tokenizer = parts.text_encoders[0], parts.tokenizers[0]
    ids = tokenizer("", padding="max_length", max_length=CONTEXT_TOKENS, return_tensors="pt")
    with torch.no_grad(), brought([encoder], unet.device):
        text = encoder(ids.input_ids.to(unet.device)).last_hidden_state
    return echo_of_noise(unet, Conditions(text))

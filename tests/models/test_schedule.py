"""Samplers follow the schedule that a model was trained on: noise, velocity, zero-terminal SNR."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lora_wizard.models.base import BaseModel
from lora_wizard.models.sampling import decode, sample
from lora_wizard.models.schedule import SAMPLER_NAMES, noise_scheduler, sampling_scheduler


class Oracle(nn.Module):
    """A UNet that knows the picture: it predicts what leads exactly there.

    Args:
        latents: `(channels, height, width)` of the picture.
        schedule: of the training noise.
    """

    def __init__(self, latents: Tensor, schedule: Any) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))
        self.config = SimpleNamespace(in_channels=len(latents), sample_size=latents.shape[-1])
        self.dtype = torch.float32
        self.seen: list[int] = []
        self._latents, self._schedule = latents, schedule

    def forward(self, noisy: Tensor, time: Tensor, **_: Any) -> tuple[Tensor]:
        self.seen.append(int(time))
        signal = self._schedule.alphas_cumprod[int(time)]
        picture, spread = self._latents, (1 - signal).sqrt()
        noise = (noisy - signal.sqrt() * picture) / spread
        if self._schedule.config["prediction_type"] == "epsilon":
            return (noise,)
        return (signal.sqrt() * noise - spread * picture,)


@pytest.mark.parametrize("sampler", list(SAMPLER_NAMES))
@pytest.mark.parametrize(
    ("velocity", "zero"), [(False, False), (True, False), (True, True)],
    ids=["noise", "velocity", "velocity from pure noise"],
)  # fmt: skip
def test_every_sampler_arrives_at_the_picture_that_the_model_knows(
    sd1: BaseModel, sampler: Any, velocity: bool, zero: bool
) -> None:
    schedule = noise_scheduler({}, v_prediction=velocity, zero_terminal_snr=zero)
    latents = torch.randn(4, 16, 16, generator=torch.Generator().manual_seed(1))
    oracle = Oracle(latents, schedule)
    base = replace(sd1, unet=oracle, noise_scheduler=schedule)
    (drawn,) = sample(base, ["ann"], seeds=[3], steps=8, sampler=sampler, guidance=2.0)
    with torch.inference_mode():
        (expected,) = decode(sd1, latents[None])
    apart = np.abs(np.asarray(drawn, np.int16) - np.asarray(expected, np.int16))
    assert apart.mean() < 2
    # A zero-terminal schedule begins at its very last step, where nothing but noise is.
    assert (oracle.seen[0] == 999) == zero
    assert oracle.seen[0] > 850


@pytest.mark.parametrize("sampler", list(SAMPLER_NAMES))
def test_samplers_keep_the_schedules_kind(sampler: Any) -> None:
    trained = noise_scheduler({}, v_prediction=True, zero_terminal_snr=True)
    found = sampling_scheduler(trained, sampler)
    assert found.config["prediction_type"] == "v_prediction"
    assert found.config["rescale_betas_zero_snr"] is True
    assert found.config["timestep_spacing"] == "trailing"


@pytest.mark.parametrize("sampler", list(SAMPLER_NAMES))
def test_what_predicts_noise_is_drawn_on_the_ordinary_schedule(sampler: Any) -> None:
    # On the other one its last step would divide by a signal of zero.
    odd = sampling_scheduler(
        noise_scheduler({}, v_prediction=False, zero_terminal_snr=True), sampler
    )
    usual = sampling_scheduler(noise_scheduler({}, v_prediction=False), sampler)
    assert dict(odd.config) == dict(usual.config)
    assert torch.equal(odd.alphas_cumprod, usual.alphas_cumprod) and odd.alphas_cumprod[-1] > 0

"""The training loss, as pure functions of tensors.

Formulas are those of sd-scripts: the error of each element, the mask, the mean of a sample, then
the weights of samples multiplied. One thing differs: with zero-terminal SNR the weights follow the
schedule that is trained on (see `weighing_alphas`). Every weight is finite at every timestep, the
last one of a zero-terminal schedule included, where there is no signal left (SNR 0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lora_wizard.models.schedule import alphas_before_rescaling
from lora_wizard.recipe import LossSettings, TrainingSettings
from lora_wizard.recipe.objective import LossKind

SNR_LIMIT = 1000.0
"""SNR beyond which weights stay as they are; its inverse is the limit on the other side."""


@dataclass(frozen=True, slots=True)
class Diffused:
    """Latents with noise in them, and what the model should say of them."""

    noisy: Tensor
    """`(batch, channels, height, width)` float32."""
    target: Tensor
    """The same shape: the noise, or the velocity."""


def diffuse(
    latents: Tensor,
    noise: Tensor,
    alphas: Tensor,
    *,
    velocity: bool = False,
    added: Tensor | None = None,
) -> Diffused:
    """Puts noise into latents (Ho et al., 2020, equation 4).

    Args:
        latents: `(batch, channels, height, width)` float32, scaled.
        noise: the same shape, standard normal.
        alphas: `(batch,)` cumulated alphas of the samples' timesteps, in [0, 1).
        velocity: the target is the velocity (Salimans and Ho, 2022, appendix D), not the noise.
        added: what goes into the latents where that is other than the noise to be predicted.
    """
    kept = alphas.sqrt().view(-1, 1, 1, 1)
    weight = (1 - alphas).sqrt().view(-1, 1, 1, 1)
    noisy = kept * latents + weight * (noise if added is None else added)
    return Diffused(noisy, kept * noise - weight * latents if velocity else noise)


def signal_to_noise(alphas: Tensor) -> Tensor:
    """SNR of each sample: ᾱ / (1 - ᾱ), 0 at the end of a zero-terminal schedule."""
    return alphas / (1 - alphas)


def weighing_alphas(scheduler: Any, loss: LossSettings) -> Tensor:
    """The cumulated alphas whose SNR weighs the timesteps, `(steps,)` float32.

    They are those of the schedule that is trained on: Min-SNR weighs a timestep by the noise that
    its pictures have (Hang et al., 2023, equation 8), and a zero-terminal schedule gives them
    more of it (Lin et al., 2024, algorithm 1). sd-scripts computes the SNR before it rescales the
    schedule; with `loss.snr_before_rescaling` it is so here.

    Args:
        scheduler: The base's `DDPMScheduler`.
    """
    if loss.snr_before_rescaling:
        before: Tensor = alphas_before_rescaling(scheduler)
        return before
    own: Tensor = scheduler.alphas_cumprod
    return own


def snr_weight(alphas: Tensor, gamma: float, *, velocity: bool = False) -> Tensor:
    """Loss weight of each sample by Min-SNR (Hang et al., 2023, equation 8).

    Args:
        alphas: `(batch,)` cumulated alphas, in [0, 1).
        gamma: SNR above which a step's weight is cut down. No unit.
        velocity: for a model that predicts velocity: min(SNR, γ) / (SNR + 1), which is the same
            weight of the picture's error. It is 0 where there is no signal.

    Returns:
        `(batch,)` weights in [0, 1].
    """
    snr = signal_to_noise(alphas)
    if velocity:
        return snr.clamp(max=gamma) / (snr + 1)
    return (gamma / snr).clamp(max=1)


def debiased_weight(alphas: Tensor, *, velocity: bool = False) -> Tensor:
    """Loss weight of each sample by debiased estimation (Yu et al., 2023, equation 10): 1 / √SNR.

    For a model that predicts velocity 1 / (SNR + 1), as in sd-scripts.

    Returns:
        `(batch,)` weights; SNR counts as at most `SNR_LIMIT` and at least its inverse.
    """
    snr = signal_to_noise(alphas)
    if velocity:
        return 1 / (snr.clamp(max=SNR_LIMIT) + 1)
    return snr.clamp(1 / SNR_LIMIT, SNR_LIMIT).rsqrt()


def noise_like_weight(alphas: Tensor) -> Tensor:
    """What makes a velocity's error count as that of the noise: SNR / (SNR + 1), in [0, 1)."""
    snr = signal_to_noise(alphas).clamp(max=SNR_LIMIT)
    return snr / (snr + 1)


def huber_threshold(alphas: Tensor, progress: Tensor, loss: LossSettings) -> Tensor:
    """The error at which Huber's loss turns from squares to straight lines, for each sample.

    By Khrapov et al., 2024, "Improving Diffusion Models's Data-Corruption Resistance using
    Scheduled Pseudo-Huber Loss", section 4, in the form of sd-scripts.

    Args:
        alphas: `(batch,)` cumulated alphas of the samples' timesteps.
        progress: `(batch,)` timestep / number of timesteps, in [0, 1).

    Returns:
        `(batch,)` thresholds above 0: falling to `huber_c` with the noise, or constant.
    """
    if loss.huber_schedule == "exponential":
        return torch.exp(math.log(loss.huber_c) * progress) * loss.huber_scale
    if loss.huber_schedule == "constant":
        return torch.full_like(alphas, loss.huber_c * loss.huber_scale)
    sigmas = ((1 - alphas) / alphas).sqrt()
    return (1 - loss.huber_c) / (1 + sigmas).square() + loss.huber_c


def element_errors(
    predicted: Tensor, target: Tensor, kind: LossKind, threshold: Tensor | None = None
) -> Tensor:
    """The error of each element.

    Args:
        predicted: `(batch, channels, height, width)` float32, as `target` is.
        kind: `l2` is d², `l1` |d|; with c the threshold, `huber` 2c (√(d² + c²) - c), which is
            d² where d is small, and `smooth_l1` that divided by c.
        threshold: `(batch,)`, for the last two.
    """
    difference = predicted - target
    if kind == "l2":
        return difference.square()
    if kind == "l1":
        return difference.abs()
    assert threshold is not None
    c = threshold.view(-1, 1, 1, 1)
    bent = 2 * ((difference.square() + c.square()).sqrt() - c)
    return bent * c if kind == "huber" else bent


def diffusion_loss(
    predicted: Tensor,
    diffused: Diffused,
    alphas: Tensor,
    *,
    training: TrainingSettings,
    loss: LossSettings,
    regularisation: Tensor,
    progress: Tensor,
    mask: Tensor | None = None,
    velocity: bool = False,
    weighed_by: Tensor | None = None,
) -> Tensor:
    """The mean error of a batch, weighted by sample, as a scalar.

    Args:
        predicted: `(batch, channels, height, width)`, any float type; the error is in float32.
        alphas: `(batch,)` cumulated alphas of the samples' timesteps.
        weighed_by: `(batch,)` cumulated alphas whose SNR weighs the timesteps (see
            `weighing_alphas`); None for `alphas`.
        regularisation: `(batch,)`, 1 where the picture is a regularisation picture, else 0.
        progress: `(batch,)` timestep / number of timesteps, in [0, 1).
        mask: `(batch, 1, height, width)` weight of each latent pixel, 0 to 1, or None.
    """
    bent = loss.kind in ("huber", "smooth_l1")
    threshold = huber_threshold(alphas, progress, loss) if bent else None
    elements = element_errors(predicted.float(), diffused.target, loss.kind, threshold)
    if mask is not None:
        elements = elements * mask
    errors = elements.mean(dim=(1, 2, 3))
    weighing = alphas if weighed_by is None else weighed_by
    if training.min_snr_gamma > 0:
        errors = errors * snr_weight(weighing, training.min_snr_gamma, velocity=velocity)
    if loss.scale_v_like_noise and velocity:
        errors = errors * noise_like_weight(weighing)
    if loss.debiased:
        errors = errors * debiased_weight(weighing, velocity=velocity)
    if training.prior_loss_weight != 1:
        errors = errors * (1 + regularisation * (training.prior_loss_weight - 1))
    return errors.mean()

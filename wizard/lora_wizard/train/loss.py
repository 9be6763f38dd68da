"""The training loss, as pure functions of tensors."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from lora_wizard.recipe import TrainingSettings


@dataclass(frozen=True, slots=True)
class Diffused:
    """Latents with noise in them, and what the model should say of them."""

    noisy: Tensor
    """`(batch, channels, height, width)` float32."""
    target: Tensor
    """The same shape: the noise, or the velocity."""


def diffuse(latents: Tensor, noise: Tensor, alphas: Tensor, *, velocity: bool = False) -> Diffused:
    """Puts noise into latents (Ho et al., 2020, equation 4).

    Args:
        latents: `(batch, channels, height, width)` float32, scaled.
        noise: the same shape, standard normal.
        alphas: `(batch,)` cumulated alphas of the samples' timesteps, in (0, 1).
        velocity: the target is the velocity (Salimans and Ho, 2022, appendix D), not the noise.
    """
    kept = alphas.sqrt().view(-1, 1, 1, 1)
    added = (1 - alphas).sqrt().view(-1, 1, 1, 1)
    noisy = kept * latents + added * noise
    return Diffused(noisy, kept * noise - added * latents if velocity else noise)


def snr_weight(alphas: Tensor, gamma: float, *, velocity: bool = False) -> Tensor:
    """Loss weight of each sample by Min-SNR (Hang et al., 2023, equation 8).

    Args:
        alphas: `(batch,)` cumulated alphas, in (0, 1). A zero-terminal schedule does not belong
            here.
        gamma: SNR above which a step's weight is cut down. No unit.
        velocity: for a model that predicts velocity the weight has `snr + 1` below.

    Returns:
        `(batch,)` weights in (0, 1].
    """
    snr = alphas / (1 - alphas)
    return snr.clamp(max=gamma) / (snr + 1 if velocity else snr)


def diffusion_loss(
    predicted: Tensor,
    diffused: Diffused,
    alphas: Tensor,
    *,
    training: TrainingSettings,
    regularisation: Tensor,
    mask: Tensor | None = None,
    velocity: bool = False,
) -> Tensor:
    """Mean squared error, weighted by sample, as a scalar.

    Args:
        predicted: `(batch, channels, height, width)`, any float type; the error is in float32.
        alphas: `(batch,)` cumulated alphas of the samples' timesteps.
        regularisation: `(batch,)`, 1 where the picture is a regularisation picture, else 0.
        mask: `(batch, 1, height, width)` weight of each latent pixel, 0 to 1, or None.
    """
    squared = (predicted.float() - diffused.target).square()
    if mask is not None:
        squared = squared * mask
    errors = squared.mean(dim=(1, 2, 3))
    if training.min_snr_gamma > 0:
        errors = errors * snr_weight(alphas, training.min_snr_gamma, velocity=velocity)
    if training.prior_loss_weight != 1:
        errors = errors * (1 + regularisation * (training.prior_loss_weight - 1))
    return errors.mean()

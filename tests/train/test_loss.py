"""The loss against its definitions."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from lora_wizard.recipe import LossSettings, TrainingSettings
from lora_wizard.train.loss import Diffused, diffuse, diffusion_loss, snr_weight

ALPHAS = torch.tensor([0.999, 0.9, 0.5, 0.1, 0.005])
PROGRESS = torch.tensor([0.0, 0.2, 0.5, 0.75, 0.999])


def random_like(seed: int, shape: tuple[int, ...] = (5, 4, 6, 8)) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def loss_of(
    predicted: Tensor,
    target: Tensor,
    training: TrainingSettings | None = None,
    *,
    loss: LossSettings | None = None,
    regularisation: Tensor | None = None,
    mask: Tensor | None = None,
    velocity: bool = False,
) -> Tensor:
    return diffusion_loss(
        predicted,
        Diffused(target, target),
        ALPHAS[: len(predicted)],
        training=training or TrainingSettings(),
        loss=loss or LossSettings(),
        progress=PROGRESS[: len(predicted)],
        regularisation=torch.zeros(len(predicted)) if regularisation is None else regularisation,
        mask=mask,
        velocity=velocity,
    )


def each_mean(predicted: Tensor, target: Tensor) -> Tensor:
    """The mean squared error of each sample."""
    return (predicted - target).square().mean(dim=(1, 2, 3))


def test_noise_takes_the_share_of_variance_that_the_latents_lose() -> None:
    latents, noise = random_like(1), random_like(2)
    diffused = diffuse(latents, noise, ALPHAS)
    for row, alpha in enumerate(ALPHAS.tolist()):
        expected = alpha**0.5 * latents[row] + (1 - alpha) ** 0.5 * noise[row]
        assert_close(diffused.noisy[row], expected)
    assert diffused.target is noise


def test_velocity_is_the_derivative_of_the_noisy_latents_along_the_angle() -> None:
    """With √alpha = cos φ and √(1 - alpha) = sin φ, v = d(noisy)/dφ (Salimans and Ho, 2022)."""
    latents, noise = random_like(1).double(), random_like(2).double()
    angle = ALPHAS.double().sqrt().acos()

    def noisy(angle: Tensor) -> Tensor:
        cosine, sine = angle.cos().view(-1, 1, 1, 1), angle.sin().view(-1, 1, 1, 1)
        return cosine * latents + sine * noise

    derivative = torch.func.jvp(noisy, (angle,), (torch.ones_like(angle),))[1]
    diffused = diffuse(latents, noise, angle.cos().square(), velocity=True)
    assert_close(diffused.target, derivative)
    assert_close(diffused.noisy, noisy(angle))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 5.0, 20.0])
def test_min_snr_is_the_smaller_of_snr_and_gamma_over_snr(gamma: float) -> None:
    for alpha, found in zip(ALPHAS.tolist(), snr_weight(ALPHAS, gamma).tolist(), strict=True):
        snr = alpha / (1 - alpha)
        assert found == pytest.approx(min(snr, gamma) / snr, rel=1e-3)


def test_min_snr_of_a_velocity_model_divides_by_snr_plus_1() -> None:
    found = snr_weight(ALPHAS, 5.0, velocity=True).tolist()
    for alpha, weight in zip(ALPHAS.tolist(), found, strict=True):
        snr = alpha / (1 - alpha)
        assert weight == pytest.approx(min(snr, 5.0) / (snr + 1), rel=1e-3)


def test_by_default_the_loss_is_the_plain_mean_squared_error() -> None:
    predicted, target = random_like(1), random_like(2)
    expected = torch.nn.functional.mse_loss(predicted, target)
    assert_close(loss_of(predicted, target), expected)


def test_a_half_precision_prediction_is_compared_in_full_precision() -> None:
    predicted, target = random_like(1).bfloat16(), random_like(2)
    found = loss_of(predicted, target)
    assert found.dtype == torch.float32
    assert_close(found, (predicted.float() - target).square().mean())


@pytest.mark.parametrize("velocity", [False, True])
def test_min_snr_weighs_each_sample(velocity: bool) -> None:
    predicted, target = random_like(1), random_like(2)
    weights = snr_weight(ALPHAS, 5.0, velocity=velocity)
    found = loss_of(predicted, target, TrainingSettings(min_snr_gamma=5), velocity=velocity)
    assert_close(found, (weights * each_mean(predicted, target)).mean())


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0, 3.0])
def test_regularisation_pictures_count_as_much_as_their_weight(weight: float) -> None:
    predicted, target = random_like(1), random_like(2)
    found = loss_of(
        predicted,
        target,
        TrainingSettings(prior_loss_weight=weight),
        regularisation=torch.tensor([0.0, 1.0, 0.0, 1.0, 0.0]),
    )
    weights = torch.tensor([1.0, weight, 1.0, weight, 1.0])
    assert_close(found, (weights * each_mean(predicted, target)).mean())


def test_what_is_masked_out_teaches_nothing() -> None:
    predicted, target = random_like(1).requires_grad_(), random_like(2)
    mask = torch.ones(5, 1, 6, 8)
    mask[:, :, :3] = 0
    mask[:, :, 3] = 0.25
    found = loss_of(predicted, target, mask=mask)
    (gradient,) = torch.autograd.grad(found, predicted)
    assert not gradient[:, :, :3].any()
    plain = 2 * (predicted - target).detach() / predicted.numel()
    assert_close(gradient[:, :, 3], 0.25 * plain[:, :, 3])
    assert_close(gradient[:, :, 4:], plain[:, :, 4:])

"""Kinds of loss and weights of timesteps against values worked out by hand."""

from __future__ import annotations

import math
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.testing import assert_close

from lora_wizard.models.schedule import noise_scheduler
from lora_wizard.recipe import LossSettings, TrainingSettings
from lora_wizard.recipe.objective import HuberSchedule, LossKind
from lora_wizard.train.loss import (
    Diffused,
    debiased_weight,
    diffuse,
    diffusion_loss,
    element_errors,
    huber_threshold,
    noise_like_weight,
    snr_weight,
    weighing_alphas,
)

KINDS = get_args(LossKind)
SCHEDULES = get_args(HuberSchedule)


def zero_terminal() -> Tensor:
    """ᾱ of a schedule that ends without any signal, as the trainer gets it."""
    scheduler = noise_scheduler({}, v_prediction=True, zero_terminal_snr=True)
    alphas: Tensor = scheduler.alphas_cumprod
    assert alphas[-1] == 0
    return alphas


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("l2", [9.0, 0.0, 0.01]),
        ("l1", [3.0, 0.0, 0.1]),
        # 2 * 0.5 * (√(9 + 0.25) - 0.5), and 2 * 0.5 * (√(0.01 + 0.25) - 0.5)
        ("huber", [2.541381265, 0.0, 0.009901951]),
        # The same divided by 0.5.
        ("smooth_l1", [5.08276253, 0.0, 0.019803903]),
    ],
)
def test_each_kind_of_error_is_what_its_formula_says(kind: LossKind, expected: list[float]) -> None:
    predicted = torch.tensor([3.0, 1.0, 1.1]).view(1, 3, 1, 1)
    target = torch.tensor([0.0, 1.0, 1.0]).view(1, 3, 1, 1)
    found = element_errors(predicted, target, kind, torch.tensor([0.5]))
    assert_close(found.flatten(), torch.tensor(expected), rtol=1e-5, atol=1e-6)


def test_thresholds_fall_from_one_to_huber_c_or_stay() -> None:
    alphas, progress = torch.tensor([0.999999, 0.5, 0.0]), torch.tensor([0.0, 0.5, 1.0])
    found = {
        name: huber_threshold(
            alphas, progress, LossSettings(huber_schedule=name, huber_c=0.04, huber_scale=2.0)
        ).tolist()
        for name in SCHEDULES
    }
    # At ᾱ = 1/2 σ is 1: (1 - 0.04) / 4 + 0.04. The scale does not count there, as in sd-scripts.
    assert found["snr"] == pytest.approx([1.0, 0.28, 0.04], abs=3e-3)
    assert found["exponential"] == pytest.approx([2.0, 0.4, 0.08])
    assert found["constant"] == pytest.approx([0.08, 0.08, 0.08])


def test_debiased_estimation_is_one_over_the_root_of_snr() -> None:
    alphas = torch.tensor([0.8, 0.5, 0.2])  # SNR 4, 1, 1/4
    assert_close(debiased_weight(alphas), torch.tensor([0.5, 1.0, 2.0]))
    assert_close(debiased_weight(alphas, velocity=True), torch.tensor([0.2, 0.5, 0.8]))
    assert_close(debiased_weight(torch.tensor([0.99999])), torch.tensor([1000**-0.5]))


def test_a_velocity_weighed_like_noise_counts_its_share_of_signal() -> None:
    alphas = torch.tensor([0.8, 0.5, 0.2, 0.0])
    assert_close(noise_like_weight(alphas), alphas)


def test_a_velocity_error_weighed_so_is_the_error_of_the_noise_that_it_implies() -> None:
    """ε = √(1 - ᾱ) x + √ᾱ v, so an error of v is √ᾱ times one of ε."""
    generator = torch.Generator().manual_seed(3)
    latents, noise, error = torch.randn((3, 2, 1, 4, 4), generator=generator)
    alphas = torch.tensor([0.7, 0.3])
    diffused = diffuse(latents, noise, alphas, velocity=True)
    kept, added = (root.sqrt().view(-1, 1, 1, 1) for root in (alphas, 1 - alphas))
    implied = added * diffused.noisy + kept * (diffused.target + error)
    expected = (implied - noise).square().mean(dim=(1, 2, 3))
    found = noise_like_weight(alphas) * error.square().mean(dim=(1, 2, 3))
    assert_close(found, expected)


@pytest.mark.parametrize("velocity", [False, True])
@pytest.mark.parametrize("gamma", [0.0, 5.0])
@pytest.mark.parametrize("debiased", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_loss_and_its_gradient_are_finite_at_every_step_of_a_zero_terminal_schedule(
    velocity: bool, gamma: float, debiased: bool, kind: LossKind, schedule: HuberSchedule
) -> None:
    alphas = zero_terminal()[[0, 500, 998, 999]]
    generator = torch.Generator().manual_seed(1)
    latents, noise, predicted = torch.randn((3, 4, 2, 3, 3), generator=generator)
    predicted[0] = diffuse(latents, noise, alphas, velocity=velocity).target[0]  # no error at all
    predicted.requires_grad_()
    loss = diffusion_loss(
        predicted,
        diffuse(latents, noise, alphas, velocity=velocity),
        alphas,
        training=TrainingSettings(min_snr_gamma=gamma),
        loss=LossSettings(kind=kind, huber_schedule=schedule, debiased=debiased),
        regularisation=torch.zeros(4),
        progress=torch.tensor([0.0, 0.5, 0.998, 0.999]),
        velocity=velocity,
    )
    (gradient,) = torch.autograd.grad(loss, predicted)
    assert math.isfinite(loss.item())
    assert bool(torch.isfinite(gradient).all())
    assert gradient[1].any()


def test_min_snr_where_there_is_no_signal_is_its_limit() -> None:
    nothing = torch.tensor([0.0])
    assert snr_weight(nothing, 5.0).item() == 1.0
    assert snr_weight(nothing, 5.0, velocity=True).item() == 0.0


def test_at_the_end_of_a_zero_terminal_schedule_the_velocity_is_the_picture() -> None:
    latents, noise = torch.randn((2, 1, 4, 3, 3), generator=torch.Generator().manual_seed(1))
    diffused = diffuse(latents, noise, zero_terminal()[-1:], velocity=True)
    assert torch.equal(diffused.noisy, noise)
    assert_close(diffused.target, -latents)


@given(
    alpha=st.floats(0.0, 0.9999),
    size=st.floats(1e-3, 50),
    c=st.floats(0.01, 1),
    schedule=st.sampled_from(SCHEDULES),
)
def test_hubers_loss_lies_below_the_square_and_below_its_straight_line(
    alpha: float, size: float, c: float, schedule: HuberSchedule
) -> None:
    settings = LossSettings(huber_schedule=schedule, huber_c=c)
    threshold = huber_threshold(torch.tensor([alpha]), torch.tensor([0.5]), settings)
    assert 0 < threshold.item() <= 1.0001
    difference = torch.full((1, 1, 1, 1), size)
    found = element_errors(difference, torch.zeros(1, 1, 1, 1), "huber", threshold).item()
    assert 0 <= found <= size**2 * 1.001 + 1e-5
    assert found <= 2 * threshold.item() * size * 1.001 + 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_a_mask_leaves_nothing_to_learn_by_any_loss(kind: LossKind) -> None:
    generator = torch.Generator().manual_seed(2)
    predicted, target = torch.randn((2, 1, 2, 4, 4), generator=generator)
    predicted.requires_grad_()
    mask = torch.ones(1, 1, 4, 4)
    mask[..., :2] = 0
    loss = diffusion_loss(
        predicted,
        Diffused(target, target),
        torch.tensor([0.5]),
        training=TrainingSettings(),
        loss=LossSettings(kind=kind),
        regularisation=torch.zeros(1),
        progress=torch.tensor([0.5]),
        mask=mask,
    )
    (gradient,) = torch.autograd.grad(loss, predicted)
    assert not gradient[..., :2].any()
    assert gradient[..., 2:].all()


def of_sd_scripts(alphas_before: Tensor, gamma: float | None, velocity: bool, kind: str) -> Tensor:
    """sd-scripts' weights, whose SNR is computed before the schedule is rescaled."""
    snr = (alphas_before.sqrt() / (1 - alphas_before).sqrt()).square()
    if kind == "min_snr":
        assert gamma is not None
        return snr.clamp(max=gamma) / (snr + 1 if velocity else snr)
    capped = snr.clamp(max=1000)
    if kind == "scale_v":
        return capped / (capped + 1)
    return 1 / (capped + 1) if velocity else capped.rsqrt()


@pytest.mark.parametrize("velocity", [False, True])
@pytest.mark.parametrize("kind", ["min_snr", "debiased", "scale_v"])
def test_weights_before_rescaling_are_those_of_sd_scripts(kind: str, velocity: bool) -> None:
    scheduler = noise_scheduler({}, v_prediction=velocity, zero_terminal_snr=True)
    plain = noise_scheduler({}, v_prediction=velocity, zero_terminal_snr=False)
    loss = LossSettings(
        snr_before_rescaling=True, debiased=kind == "debiased", scale_v_like_noise=kind == "scale_v"
    )
    training = TrainingSettings(min_snr_gamma=5.0 if kind == "min_snr" else 0.0)
    times = torch.tensor([10, 500, 900, 999])
    alphas, weighing = scheduler.alphas_cumprod[times], weighing_alphas(scheduler, loss)[times]
    expected = of_sd_scripts(plain.alphas_cumprod[times], 5.0, velocity, kind)
    if kind == "scale_v" and not velocity:
        expected = torch.ones(4)
    for place in range(4):
        target = torch.zeros(1, 1, 1, 1)
        one = slice(place, place + 1)
        found = diffusion_loss(
            torch.ones(1, 1, 1, 1),
            Diffused(target, target),
            alphas[one],
            training=training,
            loss=loss,
            regularisation=torch.zeros(1),
            progress=times[one] / 1000,
            velocity=velocity,
            weighed_by=weighing[one],
        )
        assert_close(found, expected[place], rtol=1e-4, atol=1e-6)


def test_weights_follow_the_schedule_that_is_trained_on_unless_asked_otherwise() -> None:
    scheduler = noise_scheduler({}, v_prediction=True, zero_terminal_snr=True)
    own = weighing_alphas(scheduler, LossSettings())
    before = weighing_alphas(scheduler, LossSettings(snr_before_rescaling=True))
    assert torch.equal(own, scheduler.alphas_cumprod)
    assert own[-1] == 0 and before[-1] > 0.004


def test_a_schedule_that_was_not_rescaled_is_the_same_before() -> None:
    scheduler = noise_scheduler({}, v_prediction=None)
    before = weighing_alphas(scheduler, LossSettings(snr_before_rescaling=True))
    assert torch.equal(before, scheduler.alphas_cumprod)

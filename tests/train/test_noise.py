"""The noise that pictures are hidden in."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from lora_wizard.recipe import NoiseSettings
from lora_wizard.train.noise import draw_noise, perturbed, pyramid

SHAPE = (2, 4, 32, 24)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(5)


def drawn(offset: float = 0.0, **settings: Any) -> Tensor:
    return draw_noise(torch.zeros(SHAPE), offset, NoiseSettings(**settings), generator(), seed=7)


def test_by_default_it_is_the_generators_next_numbers() -> None:
    assert torch.equal(drawn(), torch.randn(SHAPE, generator=generator()))


def test_an_offset_moves_whole_channels() -> None:
    chance = generator()
    plain = torch.randn(SHAPE, generator=chance)
    shift = torch.randn((2, 4, 1, 1), generator=chance)
    assert_close(drawn(0.1), plain + 0.1 * shift)


def test_a_random_offset_is_a_share_of_it() -> None:
    plain, whole, part = drawn(), drawn(0.1) - drawn(), drawn(0.1, random_offset=True)
    shares = (part - plain) / whole
    assert_close(shares, shares.mean().expand(SHAPE), rtol=1e-3, atol=1e-3)
    assert 0 < shares.mean() < 1


def coarse_share(noise: Tensor) -> float:
    """How much of the variance is in means over 8 x 8 pixels; 1/64 for white noise."""
    means = torch.nn.functional.avg_pool2d(noise, 8)
    return float(means.var() / noise.var())


def test_a_pyramid_has_more_coarse_noise_the_less_it_is_discounted_and_unit_spread() -> None:
    shares = []
    for discount in (0.3, 0.5, 0.8):
        layered = drawn(pyramid_iterations=6, pyramid_discount=discount)
        assert layered.std().item() == pytest.approx(1, abs=1e-5)
        shares.append(coarse_share(layered))
    assert coarse_share(drawn()) < shares[0] < shares[1] < shares[2]


def test_one_layer_of_a_pyramid_is_two_fine_noises_together() -> None:
    chance = generator()
    first = torch.randn(SHAPE, generator=chance)
    second = torch.randn(SHAPE, generator=chance)
    found = drawn(pyramid_iterations=1)
    assert_close(found, (first + second) / (first + second).std())


def test_a_pyramid_ends_at_one_pixel() -> None:
    """The smallest layer of 32 x 24 pixels comes after four halvings at the latest."""
    counted = [
        pyramid(torch.ones(SHAPE), many, 0.5, generator(), chance=random.Random(1))
        for many in (8, 64)
    ]
    assert torch.equal(counted[0], counted[1])


def test_a_disturbed_input_has_noise_that_need_not_be_predicted() -> None:
    noise = drawn()
    assert perturbed(noise, NoiseSettings(), generator()) is noise
    found = perturbed(noise, NoiseSettings(input_gamma=0.1), generator())
    assert_close(found - noise, 0.1 * torch.randn(SHAPE, generator=generator()))
    less = perturbed(noise, NoiseSettings(input_gamma=0.1, random_input_gamma=True), generator())
    assert 0 < (less - noise).std() < (found - noise).std()

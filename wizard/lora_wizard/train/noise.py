"""The noise of a step: what pictures are hidden in, and what of it the model need not predict.

What a setting draws comes on top of the draws that are always made, in the same order: a recipe
without it trains as it always has.
"""

from __future__ import annotations

import random

import torch
from torch import Tensor
from torch.nn import functional

from lora_wizard.recipe import NoiseSettings


def draw_noise(
    latents: Tensor,
    offset: float,
    settings: NoiseSettings,
    generator: torch.Generator,
    *,
    seed: int,
) -> Tensor:
    """Noise for a batch: standard normal, shifted and layered as the recipe says.

    Args:
        latents: `(batch, channels, height, width)`; only shape and device matter.
        offset: of each channel's mean: noise + offset * randn(batch, channels, 1, 1).
        generator: on the latents' device.
        seed: of what is decided before anything reaches the device: the layers' sizes.
    """
    device = latents.device
    noise = torch.randn(latents.shape, generator=generator, device=device)
    if offset > 0:
        shift = torch.randn((*latents.shape[:2], 1, 1), generator=generator, device=device)
        strength = offset * _share(settings.random_offset, generator)
        noise += strength * shift
    if settings.pyramid_iterations > 0:
        noise = pyramid(
            noise,
            settings.pyramid_iterations,
            settings.pyramid_discount,
            generator,
            chance=random.Random(seed),
        )
    return noise


def pyramid(
    noise: Tensor,
    iterations: int,
    discount: float,
    generator: torch.Generator,
    *,
    chance: random.Random,
) -> Tensor:
    """Noise in several sizes at once ("multi-resolution noise", J. Whitaker, 2023).

    Layer i is drawn smaller by rⁱ, with r between 2 and 4 anew for each, blown up bilinearly, and
    counts discountⁱ. The sum is divided by its standard deviation. As in sd-scripts.

    Args:
        noise: `(batch, channels, height, width)`, the finest layer.
        iterations: layers at most; a layer one pixel wide or high is the last.
        chance: draws the sizes.
    """
    batch, channels, height, width = noise.shape
    total = noise
    for layer in range(iterations):
        shrink = (chance.random() * 2 + 2) ** layer
        size = (max(1, int(height / shrink)), max(1, int(width / shrink)))
        coarse = torch.randn((batch, channels, *size), generator=generator, device=noise.device)
        blown = functional.interpolate(coarse, (height, width), mode="bilinear")
        total = total + blown * discount**layer
        if 1 in size:
            break
    return total / total.std()


def perturbed(noise: Tensor, settings: NoiseSettings, generator: torch.Generator) -> Tensor:
    """The noise that is put into the latents, with more in it than is to be predicted.

    Ning et al., 2023, "Input Perturbation Reduces Exposure Bias in Diffusion Models", algorithm 1.
    """
    if settings.input_gamma == 0:
        return noise
    more = torch.randn(noise.shape, generator=generator, device=noise.device)
    return noise + settings.input_gamma * _share(settings.random_input_gamma, generator) * more


def _share(is_random: bool, generator: torch.Generator) -> Tensor | float:
    """1, or a share of it drawn evenly."""
    return torch.rand((), generator=generator, device=generator.device) if is_random else 1.0

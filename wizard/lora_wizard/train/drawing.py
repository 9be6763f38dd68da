"""What a batch is made of before anything is computed: pictures, noise, timesteps, captions.

All chance of a step is here, drawn from the seed and the step's number; what comes after is a pure
function of these tensors, and can be compiled, or recorded and played again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

import torch
from torch import Tensor

from lora_wizard.models.text import CaptionIds, TextStates
from lora_wizard.models.transfer import sent
from lora_wizard.train.batches import Shown
from lora_wizard.train.loss import Diffused, diffuse, weighing_alphas
from lora_wizard.train.noise import draw_noise, perturbed
from lora_wizard.train.prepare import Prepared

Value = TypeVar("Value")


def step_seed(seed: int, step: int, rank: int, place: int) -> int:
    """A seed for one batch of one step on one process: unlike all others, and always the same."""
    text = f"{seed}/{step}/{rank}/{place}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big")


@dataclass(frozen=True, slots=True)
class Drawn:
    """One batch, on the device."""

    seed: int
    """For what is still left to chance while computing: dropouts."""
    diffused: Diffused
    times: Tensor
    """`(batch,)` int64 timesteps."""
    alphas: Tensor
    """`(batch,)` cumulated alphas of the timesteps."""
    weighed_by: Tensor
    """`(batch,)` cumulated alphas whose SNR weighs the timesteps."""
    captions: CaptionIds | TextStates
    sizes: Tensor
    """`(batch, 6)` float32, as SDXL reads them."""
    regularisation: Tensor
    """`(batch,)`, 1 where the picture is a regularisation picture, else 0."""
    mask: Tensor | None
    """`(batch, 1, height, width)` weight of each latent pixel, or None."""

    @property
    def shape(self) -> tuple[torch.Size, ...]:
        """The shapes of all tensors: batches of one shape are computed in the same way."""
        return tuple(tensor.shape for tensor in tensors_of(self))


class Drawer:
    """Draws the batches of a run."""

    def __init__(self, ready: Prepared, rank: int) -> None:
        self._ready, self._rank = ready, rank
        self._device = ready.base.device
        self._alphas = ready.base.noise_scheduler.alphas_cumprod.to(self._device)
        weighing = weighing_alphas(ready.base.noise_scheduler, ready.recipe.loss)
        self._weighing = weighing.to(self._device)
        self._velocity = ready.base.prediction_type == "v_prediction"

    def draw(self, step: int, place: int, shown: Shown) -> Drawn:
        """The batch at a place of a step: the same whenever it is asked for."""
        ready, training = self._ready, self._ready.recipe.training
        seed = step_seed(training.seed, step, self._rank, place)
        chance = torch.Generator(self._device).manual_seed(seed)
        latents = ready.latents.sample(
            shown.indexes, shown.flipped, ready.base.latent_scale, chance
        )
        settings = ready.recipe.noise
        noise = draw_noise(latents, training.noise_offset, settings, chance, seed=seed)
        times = torch.randint(
            0, len(self._alphas), (len(latents),), generator=chance, device=self._device
        )
        alphas = self._alphas[times]
        added = perturbed(noise, settings, chance)
        pictures = ready.dataset.pictures
        flags = [float(pictures[index].is_regularisation) for index in shown.indexes]
        return Drawn(
            seed,
            diffuse(latents, noise, alphas, velocity=self._velocity, added=added),
            times,
            alphas,
            self._weighing[times],
            ready.texts.given(step, shown),
            ready.latents.sizes(shown.indexes, self._device),
            sent(torch.tensor(flags), self._device),
            ready.latents.mask(shown.indexes, shown.flipped),
        )


def tensors_of(drawn: Drawn) -> list[Tensor]:
    """Every tensor of a batch, always in the same order."""
    found: list[Tensor] = []

    def note(tensor: Tensor) -> Tensor:
        found.append(tensor)
        return tensor

    mapped(drawn, note)
    return found


def mapped(value: Value, change: Callable[[Tensor], Tensor]) -> Value:
    """The same value with every tensor in it changed, always in the same order."""
    found: Any = value
    if isinstance(found, Tensor):
        found = change(found)
    elif isinstance(found, tuple):
        found = tuple(mapped(one, change) for one in found)
    elif is_dataclass(found) and not isinstance(found, type):
        changed = {one.name: mapped(getattr(found, one.name), change) for one in fields(found)}
        found = replace(found, **changed)
    result: Value = found
    return result

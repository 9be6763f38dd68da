"""One step: forward and backward of its batches. Nothing is written and nothing decided here."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from lora_wizard.train.batches import Shown
from lora_wizard.train.loss import diffuse, diffusion_loss
from lora_wizard.train.noise import draw_noise, perturbed
from lora_wizard.train.prediction import predict
from lora_wizard.train.prepare import Prepared


def step_seed(seed: int, step: int, rank: int, place: int) -> int:
    """A seed for one batch of one step on one process: unlike all others, and always the same."""
    text = f"{seed}/{step}/{rank}/{place}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest(), "big")


class Stepper:
    """Computes gradients for the batches that a step shows."""

    def __init__(self, ready: Prepared, rank: int) -> None:
        self._ready, self._rank = ready, rank
        self._device = ready.base.device
        self._alphas = ready.base.noise_scheduler.alphas_cumprod.to(self._device)
        self._drops = ready.drops
        self._velocity = ready.base.prediction_type == "v_prediction"

    def backward(self, step: int, *, scaler: torch.amp.GradScaler | None = None) -> Tensor:
        """Adds the step's gradients to the LoRA's parameters.

        Args:
            step: counted from 0.
            scaler: scales the loss where gradients would vanish in fp16.

        Returns:
            The mean loss of the step's batches, a scalar still on the device.
        """
        batches = self._ready.batches.at(step, self._rank)
        total = torch.zeros((), device=self._device)
        for place, shown in enumerate(batches):
            loss = self._loss(step, place, shown) / len(batches)
            (scaler.scale(loss) if scaler else loss).backward()
            total += loss.detach()
        return total

    def _loss(self, step: int, place: int, shown: Shown) -> Tensor:
        ready, training = self._ready, self._ready.recipe.training
        seed = step_seed(training.seed, step, self._rank, place)
        chance = torch.Generator(self._device).manual_seed(seed)
        if self._drops:
            torch.manual_seed(seed)
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
        diffused = diffuse(latents, noise, alphas, velocity=self._velocity, added=added)
        texts = ready.texts.states(step, shown)
        sizes = ready.latents.sizes(shown.indexes)
        predicted = predict(ready.base, diffused.noisy, times, texts, sizes)
        pictures = ready.dataset.pictures
        regularisation = torch.tensor(
            [float(pictures[index].is_regularisation) for index in shown.indexes],
            device=self._device,
        )
        return diffusion_loss(
            predicted,
            diffused,
            alphas,
            training=training,
            loss=ready.recipe.loss,
            regularisation=regularisation,
            progress=times / len(self._alphas),
            mask=ready.latents.mask(shown.indexes, shown.flipped),
            velocity=self._velocity,
        )

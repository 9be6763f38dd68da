"""The loss on pictures that are not trained on: the same pictures in the same noise each time.

Nothing that training draws from is touched, so a run with it trains as one without, to the bit. Of
many timesteps a few are looked at, evenly spread, as in sd-scripts (200, 400, 600 and 800 of 1000):
a loss of random timesteps would jump about more than it falls.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch
from torch import Tensor

from lora_wizard.dataset import Dataset, shape_caption
from lora_wizard.models.denoising import Conditions, predict
from lora_wizard.recipe import DataSettings
from lora_wizard.train.drawing import step_seed
from lora_wizard.train.latents import LatentCache
from lora_wizard.train.loss import diffuse, diffusion_loss, weighing_alphas
from lora_wizard.train.noise import draw_noise
from lora_wizard.train.prepare import Prepared

TIMESTEPS = 4


@dataclass(frozen=True, slots=True)
class _Measured:
    """Pictures of one bucket that are measured together."""

    indexes: tuple[int, ...]
    captions: tuple[str, ...]


class Validator:
    """Measures what the LoRA, as it is at the moment, makes of the pictures held out."""

    def __init__(self, ready: Prepared, held_out: Dataset, latents: LatentCache) -> None:
        self._ready, self._latents = ready, latents
        self._seed = ready.recipe.validation.seed
        self._alphas = ready.base.noise_scheduler.alphas_cumprod.to(ready.base.device)
        weighing = weighing_alphas(ready.base.noise_scheduler, ready.recipe.loss)
        self._weighing = weighing.to(ready.base.device)
        self._velocity = ready.base.prediction_type == "v_prediction"
        self._batches = _batches(held_out, ready.recipe.data, ready.recipe.training.batch_size)
        self.pictures = len(held_out.pictures)

    @torch.no_grad()
    def loss(self) -> float:
        """The mean over pictures and timesteps, by the recipe's own loss."""
        self._ready.network.train(False)
        try:
            total = torch.zeros((), device=self._ready.base.device)
            for batch in self._batches:
                for place in range(1, TIMESTEPS + 1):
                    time = len(self._alphas) * place // (TIMESTEPS + 1)
                    total += self._error(batch, time) * len(batch.indexes)
        finally:
            self._ready.network.train(True)
        return float(total) / (self.pictures * TIMESTEPS)

    def _error(self, batch: _Measured, time: int) -> Tensor:
        ready, recipe = self._ready, self._ready.recipe
        drawn = [self._drawn(index, time) for index in batch.indexes]
        latents = torch.cat([latents for latents, _ in drawn])
        noise = torch.cat([noise for _, noise in drawn])
        times = torch.full((len(drawn),), time, device=latents.device)
        alphas = self._alphas[times]
        diffused = diffuse(latents, noise, alphas, velocity=self._velocity)
        texts = ready.texts.of(batch.captions)
        sizes = self._latents.sizes(batch.indexes, latents.device)
        conditions = Conditions(texts.hidden, texts.pooled, sizes)
        return diffusion_loss(
            predict(ready.base.unet, diffused.noisy, times, conditions),
            diffused,
            alphas,
            training=recipe.training,
            loss=recipe.loss,
            regularisation=torch.zeros_like(alphas),
            progress=times / len(self._alphas),
            mask=self._latents.mask(batch.indexes, False),
            velocity=self._velocity,
            weighed_by=self._weighing[times],
        )

    def _drawn(self, index: int, time: int) -> tuple[Tensor, Tensor]:
        """Latents and noise of one picture: its own, whatever it is measured together with."""
        base, recipe = self._ready.base, self._ready.recipe
        seed = step_seed(self._seed, time, 0, index)
        chance = torch.Generator(base.device).manual_seed(seed)
        latents = self._latents.sample((index,), False, base.latent_scale, chance)
        offset = recipe.training.noise_offset
        return latents, draw_noise(latents, offset, recipe.noise, chance, seed=seed)


def _batches(held_out: Dataset, data: DataSettings, size: int) -> list[_Measured]:
    plain = data.model_copy(
        update={
            "shuffle_captions": False,
            "caption_dropout": 0.0,
            "caption_dropout_every_epochs": 0,
            "tag_dropout": 0.0,
        }
    )
    by_bucket: dict[tuple[int, int], list[int]] = {}
    for index, picture in enumerate(held_out.pictures):
        by_bucket.setdefault(picture.bucket, []).append(index)
    batches = []
    for members in by_bucket.values():
        for start in range(0, len(members), size):
            chosen = tuple(members[start : start + size])
            captions = tuple(
                shape_caption(held_out.pictures[index].caption, plain, random.Random(index))
                for index in chosen
            )
            batches.append(_Measured(chosen, captions))
    return batches

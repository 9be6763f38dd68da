"""Pictures from prompts, in batches, each picture decided by its own seed.

The noise of a picture comes from a generator on the CPU seeded for it alone, so it does not depend
on the batch it is in, nor on the device beyond rounding. Prompts are encoded once each, guidance
takes one pass of doubled batch, and the schedule stays on the CPU, so no step waits for the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from lora_wizard.errors import ModelError
from lora_wizard.models.base import BaseModel
from lora_wizard.models.conditioning import Condition, encode_prompts, filled_up
from lora_wizard.models.denoising import Conditions, predict
from lora_wizard.models.prompt import parse_prompt
from lora_wizard.models.residence import brought
from lora_wizard.models.schedule import Sampler, sampling_scheduler

_PIXELS_AT_ONCE = 1 << 20
"""Pixels of the pictures that go through the UNet together, by default."""
_PIXELS_DECODED_AT_ONCE = 1 << 19
"""The VAE needs far more memory a pixel than the UNet, so it works in smaller slices."""
_MOST_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class _Job:
    """One picture to make."""

    number: int
    seed: int
    condition: Condition
    unconditional: Condition


def sample(
    base: BaseModel,
    prompts: Sequence[str],
    *,
    seeds: Sequence[int],
    negative: str = "",
    steps: int = 20,
    guidance: float = 7.0,
    width: int = 0,
    height: int = 0,
    sampler: Sampler = "ddim",
    clip_skip: int = 1,
    batch: int = 0,
    autocast: torch.dtype | None = None,
    on_step: Callable[[int, int], None] | None = None,
    on_picture: Callable[[int, Image.Image], None] | None = None,
) -> list[Image.Image]:
    """One picture for each prompt, in their order.

    Args:
        prompts: in A1111's syntax; `<lora:...>` calls are left out, LoRAs are attached beforehand.
        seeds: one for each prompt, 0 or more.
        negative: what the guidance leads away from.
        steps: of the sampler, 1 or more.
        guidance: how strongly the prompt is followed; at 1 the negative prompt is not used.
        width: in pixels, a multiple of the VAE's factor; 0 for the model's own size.
        height: the same.
        clip_skip: which layer of the text encoder is read, from the end. SDXL ignores it.
        batch: pictures at once; 0 to go by their size.
        autocast: compute in this precision where the weights are in another.
        on_step: called with (steps done, steps in all) after each step of each batch.
        on_picture: called with (position in the prompts, picture) when each batch is finished.

    Raises:
        ModelError: a size that the VAE cannot make.
    """
    width, height = picture_size(base, width, height)
    if not prompts:
        return []
    size = batch or pictures_at_once(width, height)
    loop = _Loop(base, sampler, steps, guidance, width, height, autocast, on_step, on_picture)
    with torch.inference_mode(), _evaluating([base.unet, base.vae, *base.text_encoders]):
        with loop.precision(), brought(base.text_encoders, base.device):
            jobs = _jobs(base, prompts, seeds, negative, clip_skip)
        pictures = loop.run(list(_batches(jobs, size)))
    return [pictures[number] for number in range(len(prompts))]


def picture_size(base: BaseModel, width: int, height: int) -> tuple[int, int]:
    """Width and height in pixels, the model's own in place of 0.

    Raises:
        ModelError: one of them is no multiple of the VAE's factor.
    """
    width, height = width or base.native_size, height or base.native_size
    factor = base.pixels_per_latent
    for name, value in (("width", width), ("height", height)):
        if value <= 0 or value % factor:
            raise ModelError(
                f"A {name} of {value} cannot be made by this model",
                where=name,
                fix=f"Use a multiple of {factor}, such as {max(1, round(value / factor)) * factor}",
            )
    return width, height


def pictures_at_once(width: int, height: int) -> int:
    """How many pictures of this size in pixels go through the UNet together, by default."""
    return max(1, min(_MOST_AT_ONCE, _PIXELS_AT_ONCE // (width * height)))


def seeded_noise(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Standard normal noise of `shape`, float32 on the CPU."""
    return torch.randn(shape, generator=generator)


def decode(base: BaseModel, latents: Tensor) -> list[Image.Image]:
    """Pictures of latents `(pictures, channels, height, width)` as the sampler leaves them."""
    pixels = latents.shape[-1] * latents.shape[-2] * base.pixels_per_latent**2
    size = max(1, min(_MOST_AT_ONCE, _PIXELS_DECODED_AT_ONCE // pixels))
    images: list[Image.Image] = []
    for start in range(0, len(latents), size):
        part = latents[start : start + size] / base.latent_scale
        ready = part.to(base.vae.dtype).contiguous(memory_format=torch.channels_last)
        decoded = base.vae.decode(ready, return_dict=False)[0].float()
        bytes_ = ((decoded / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
        arrays = bytes_.permute(0, 2, 3, 1).cpu().numpy()  # (part, height, width, 3)
        images.extend(Image.fromarray(array) for array in arrays)
    return images


@dataclass(slots=True)
class _Loop:
    """The sampling loop of one call, shared by its batches."""

    base: BaseModel
    sampler: Sampler
    steps: int
    guidance: float
    width: int
    height: int
    autocast: torch.dtype | None
    on_step: Callable[[int, int], None] | None
    on_picture: Callable[[int, Image.Image], None] | None
    done: int = 0

    def run(self, batches: Sequence[Sequence[_Job]]) -> dict[int, Image.Image]:
        """Pictures by their jobs' numbers."""
        pictures: dict[int, Image.Image] = {}
        for jobs in batches:
            with self.precision():
                latents = self._denoised(jobs, self.steps * len(batches))
            # Not under autocast: the VAE has its own precision, and SDXL's must not be fp16.
            with brought([self.base.vae], self.base.device):
                images = decode(self.base, latents)
            for job, image in zip(jobs, images, strict=True):
                pictures[job.number] = image
                if self.on_picture:
                    self.on_picture(job.number, image)
        return pictures

    def precision(self) -> AbstractContextManager[object]:
        if self.autocast is None or self.autocast == torch.float32:
            return nullcontext()
        return torch.autocast(self.base.device.type, self.autocast)

    def _denoised(self, jobs: Sequence[_Job], steps_in_all: int) -> Tensor:
        """Latents `(jobs, channels, height, width)` of one batch, float32 on the device."""
        device = self.base.device
        scheduler = sampling_scheduler(self.base.noise_scheduler, self.sampler)
        scheduler.set_timesteps(self.steps)
        generators = [torch.Generator("cpu").manual_seed(job.seed) for job in jobs]
        latents: Tensor = self._noise(generators).to(device) * scheduler.init_noise_sigma
        conditions = self._conditions(jobs)
        extra = {"generator": generators} if self.sampler == "euler_a" else {}
        for timestep in scheduler.timesteps:
            scaled = scheduler.scale_model_input(latents, timestep)
            prediction = self._predict(scaled, timestep, conditions)
            latents = scheduler.step(prediction, timestep, latents, **extra, return_dict=False)[0]
            self.done += 1
            if self.on_step:
                self.on_step(self.done, steps_in_all)
        return latents

    def _noise(self, generators: Sequence[torch.Generator]) -> Tensor:
        factor = self.base.pixels_per_latent
        channels = int(self.base.unet.config.in_channels)
        shape = (1, channels, self.height // factor, self.width // factor)
        return torch.cat([seeded_noise(shape, generator) for generator in generators])

    def _predict(self, latents: Tensor, timestep: Tensor, conditions: Conditions) -> Tensor:
        doubled = torch.cat([latents] * 2) if self.guidance != 1 else latents
        prediction = predict(self.base.unet, doubled, timestep, conditions).float()
        if self.guidance == 1:
            return prediction
        unconditional, conditional = prediction.chunk(2)
        return unconditional + self.guidance * (conditional - unconditional)

    def _conditions(self, jobs: Sequence[_Job]) -> Conditions:
        """What the UNet is told beside latents and time: first without, then with the prompts."""
        each = [job.condition for job in jobs]
        if self.guidance != 1:
            each = [job.unconditional for job in jobs] + each
        dtype = self.base.unet.dtype
        hidden = torch.stack([one.hidden for one in each]).to(dtype)
        pooled = [one.pooled for one in each if one.pooled is not None]
        if not pooled:
            return Conditions(hidden)
        sizes = [self.height, self.width, 0, 0, self.height, self.width]
        rows = hidden.new_tensor([sizes] * len(pooled), dtype=torch.float32)
        return Conditions(hidden, torch.stack(pooled).to(dtype), rows)


def _jobs(
    base: BaseModel, prompts: Sequence[str], seeds: Sequence[int], negative: str, clip_skip: int
) -> list[_Job]:
    distinct = list(dict.fromkeys([*prompts, negative, ""]))
    states = dict(zip(distinct, encode_prompts(base, distinct, clip_skip=clip_skip), strict=True))
    empty, unconditional = states[""], states[negative]
    if base.family == "sdxl" and not parse_prompt(negative).text.strip():
        # SDXL was trained with zeros, not with the empty text, where the caption was dropped.
        unconditional = Condition(
            torch.zeros_like(empty.hidden),
            None if empty.pooled is None else torch.zeros_like(empty.pooled),
        )
    jobs = []
    for number, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
        tokens = max(states[prompt].hidden.shape[0], unconditional.hidden.shape[0])
        jobs.append(
            _Job(
                number,
                seed,
                filled_up(states[prompt], empty, tokens),
                filled_up(unconditional, empty, tokens),
            )
        )
    return jobs


def _batches(jobs: Sequence[_Job], size: int) -> Iterator[list[_Job]]:
    """Jobs whose conditions are equally long together, at most `size` at once."""
    lengths = dict.fromkeys(job.condition.hidden.shape[0] for job in jobs)
    for length in lengths:
        alike = [job for job in jobs if job.condition.hidden.shape[0] == length]
        for start in range(0, len(alike), size):
            yield alike[start : start + size]


@contextmanager
def _evaluating(modules: Sequence[Any]) -> Iterator[None]:
    """Evaluation mode (no dropout), and every submodule's own mode again afterwards."""
    training = [part for module in modules for part in module.modules() if part.training]
    for module in modules:
        module.eval()
    try:
        yield
    finally:
        for part in training:
            part.training = True

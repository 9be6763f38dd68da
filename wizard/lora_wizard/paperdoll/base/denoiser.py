"""Stage 3: the UNet, trained to predict noise (Ho et al., 2020) from the frozen text states."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from lora_wizard.paperdoll.base.corpus import training_caption
from lora_wizard.paperdoll.base.latents import Latents
from lora_wizard.paperdoll.base.modules import (
    Denoiser,
    Sizes,
    TextEncoder,
    build_schedule,
    build_unet,
)
from lora_wizard.paperdoll.base.progress import (
    Average,
    Log,
    Pace,
    cooled,
    learn,
    load_state,
    rank,
    save_state,
    start_together,
    world,
)
from lora_wizard.paperdoll.base.text import Captions

EMPTY_CAPTIONS = 0.1
"""Share of empty captions, for classifier-free guidance (Ho and Salimans, 2022)."""
SAVE_EVERY = 10000
"""Samples seen between two lines of the log, which are also the points to go on from."""


def loss_weights(alphas_cumprod: Tensor) -> Tensor:
    """Weight of each timestep, `(steps,)`: Min-SNR at the clear end, lifted at the noisy end.

    Min-SNR (Hang et al., 2023) with gamma 5 keeps small noise from taking all the effort. The
    factor `sqrt((snr + 1) / snr)`, at most 6, stands half-way to predicting velocity: colours are
    decided at high noise, where the plain weight hardly asks for them.
    """
    snr = alphas_cumprod / (1 - alphas_cumprod)
    return snr.clamp(max=5) / snr * ((snr + 1) / snr).sqrt().clamp(max=6)


def stratified_timesteps(count: int, steps: int, device: torch.device) -> Tensor:
    """One timestep from each of `count` equal stretches, `(count,)`: less noisy gradients."""
    places = (torch.arange(count, device=device) + torch.rand(count, device=device)) / count
    return (places * steps).long().clamp(max=steps - 1)


def train_denoiser(
    sizes: Sizes,
    folder: Path,
    log: Log,
    encoder: TextEncoder,
    latents: Latents,
    *,
    scale: float,
    samples: int,
    batch: int,
    device: torch.device,
    rate: float = 8e-4,
) -> Denoiser:
    """Trains until `samples` latents were seen; goes on from `unet.pt`.

    Args:
        scale: what the latents are multiplied by.
        samples: counted over all workers and all earlier starts.
        batch: latents a worker and step.

    Returns:
        The average of the weights (EMA), in evaluation mode.
    """
    study = _begin(sizes, folder, device, rate)
    material = _Material(encoder, latents, scale, batch, seed=study.seen + rank())
    torch.manual_seed(study.seen + rank())
    total, shown, pace = torch.zeros((), device=device), study.seen, Pace(study.seen)
    each = batch * world()
    while study.seen < samples:
        seen = study.seen
        warm = min(1, (seen + 1) / 8000)
        study.optimizer.param_groups[0]["lr"] = cooled(rate, seen / samples) * warm
        total += _step(study, *material.next())
        study.average.update(study.unet, min(0.9995, (seen + 1) / (seen + 30 * each)))
        study.seen += each
        if study.seen // SAVE_EVERY != seen // SAVE_EVERY or study.seen >= samples:
            loss = total.item() * each / (study.seen - shown)
            log.write("unet", seen=study.seen, loss=loss, a_second=pace.since(study.seen))
            save_state(folder / "unet.pt", study.state(scale))
            total.zero_()
            shown = study.seen
    study.unet.load_state_dict(study.average.weights)
    return study.unet.eval()


@dataclass(slots=True)
class _Study:
    """The UNet being trained, and how far it is."""

    unet: Denoiser
    parameters: list[nn.Parameter]
    optimizer: torch.optim.AdamW
    average: Average
    alphas: Tensor
    weights: Tensor
    seen: int = 0

    def state(self, scale: float) -> dict[str, object]:
        return {
            "model": self.unet.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "average": self.average.weights,
            "seen": self.seen,
            "scale": scale,
        }


def _begin(sizes: Sizes, folder: Path, device: torch.device, rate: float) -> _Study:
    unet = build_unet(sizes).to(device=device, memory_format=torch.channels_last)
    start_together(unet)
    parameters = list(unet.parameters())
    optimizer = torch.optim.AdamW(
        parameters, lr=rate, betas=(0.9, 0.99), weight_decay=0.01, fused=True
    )
    alphas = build_schedule().alphas_cumprod.to(device)
    average = Average.of(unet)
    study = _Study(unet, parameters, optimizer, average, alphas, loss_weights(alphas))
    if (state := load_state(folder / "unet.pt")) is not None:
        unet.load_state_dict(state["model"])
        average.load(state["average"])
        study.seen = state["seen"]
        if "optimizer" in state:  # weights taken from a finished model come without one
            optimizer.load_state_dict(state["optimizer"])
    return study


def _step(study: _Study, clean: Tensor, hidden: Tensor) -> Tensor:
    """One step on latents `(n, 4, h, w)` and text states; the plain mean squared error."""
    device, batch = clean.device, len(clean)
    times = stratified_timesteps(batch, len(study.alphas), device)
    noise = torch.randn_like(clean)
    share = study.alphas[times].view(-1, 1, 1, 1)
    noisy = share.sqrt() * clean + (1 - share).sqrt() * noise
    with torch.autocast(device.type, torch.bfloat16):
        noisy = noisy.to(memory_format=torch.channels_last)
        predicted = study.unet(noisy, times, encoder_hidden_states=hidden).sample
    errors = (predicted.float() - noise).square().mean(dim=(1, 2, 3))
    learn((errors * study.weights[times]).mean(), study.parameters, study.optimizer)
    error: Tensor = errors.mean().detach()
    return error


class _Material:
    """Random latents of this worker with the states of a caption of each."""

    def __init__(
        self, encoder: TextEncoder, latents: Latents, scale: float, batch: int, *, seed: int
    ) -> None:
        self._encoder, self._latents, self._scale, self._batch = encoder, latents, scale, batch
        self._captions = Captions(seed=seed)
        self._order = random.Random(seed)

    @torch.no_grad()
    def next(self) -> tuple[Tensor, Tensor]:
        """Latents `(batch, 4, h, w)` float32 and text states `(batch, 77, width)`."""
        device, scenes = self._latents.mean.device, self._latents.scenes
        chosen = [self._order.randrange(len(scenes)) for _ in range(self._batch)]
        texts = [
            ""
            if self._order.random() < EMPTY_CAPTIONS
            else training_caption(scenes[index], self._order, self._captions.words)
            for index in chosen
        ]
        hidden = self._encoder(self._captions.tokenise(texts).to(device)).last_hidden_state
        clean = self._latents.sample(torch.tensor(chosen, device=device), self._scale)
        return clean, hidden

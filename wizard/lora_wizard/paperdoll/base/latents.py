"""The denoiser's training material: latents and captions' scenes, made once and kept on disk."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from lora_wizard.paperdoll.base.corpus import to_signed, training_scene
from lora_wizard.paperdoll.base.feed import drawn_in_order
from lora_wizard.paperdoll.base.modules import Autoencoder, Sizes
from lora_wizard.paperdoll.base.progress import Log, average_over_all, rank, world
from lora_wizard.paperdoll.traits import Scene

CHUNK = 2000
"""Pictures a file on the disk."""


@dataclass(slots=True)
class Latents:
    """Encoded pictures of one worker, and their scenes."""

    mean: Tensor
    """Of each picture's posterior, `(n, 4, h, w)` bfloat16."""
    spread: Tensor
    """Its standard deviation, of the same shape."""
    scenes: list[Scene]

    def sample(self, indexes: Tensor, scale: float) -> Tensor:
        """A fresh sample of the posterior of each, scaled, `(n, 4, h, w)` float32."""
        mean, spread = self.mean[indexes].float(), self.spread[indexes].float()
        return (mean + spread * torch.randn_like(mean)) * scale


def make_latents(
    vae: Autoencoder, sizes: Sizes, folder: Path, log: Log, *, pictures: int, drawers: int = 0
) -> Latents:
    """This worker's share of `pictures` encoded drawings; chunks already on disk are read.

    Each chunk's scenes come from its own seed, so that they need not be stored.

    Args:
        pictures: over all workers. Above one chunk they are rounded down to whole chunks, with
            at least one a worker.
        drawers: processes that draw ahead; 0 to draw in this one.
    """
    device = next(vae.parameters()).device
    means, spreads, scenes = [], [], []
    for chunk in range(rank(), max(world(), pictures // CHUNK), world()):
        path = folder / f"latents-{chunk:04d}.pt"
        if not path.exists():
            own = _scenes(chunk, min(CHUNK, pictures))
            encoded = _encode(vae, own, sizes, chunk * CHUNK, device=device, drawers=drawers)
            temporary = path.with_suffix(".writing")
            torch.save(encoded, temporary)
            os.replace(temporary, path)
        mean, spread = torch.load(path, weights_only=True)
        means.append(mean)
        spreads.append(spread)
        scenes += _scenes(chunk, len(mean))
        log.write("latents", chunk=chunk, pictures=len(scenes) * world())
    return Latents(torch.cat(means).to(device), torch.cat(spreads).to(device), scenes)


def _scenes(chunk: int, count: int) -> list[Scene]:
    rng = random.Random(f"latents {chunk}")
    return [training_scene(rng) for _ in range(count)]


@torch.no_grad()
def _encode(
    vae: Autoencoder,
    scenes: list[Scene],
    sizes: Sizes,
    seed: int,
    *,
    device: torch.device,
    drawers: int,
) -> tuple[Tensor, Tensor]:
    means, spreads = [], []
    for drawn in drawn_in_order(scenes, sizes.picture, seed=seed, drawers=drawers):
        pictures = to_signed(drawn.to(device)).to(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16):
            posterior = vae.encode(pictures).latent_dist
        means.append(posterior.mean.to(torch.bfloat16).cpu())
        spreads.append(posterior.std.to(torch.bfloat16).cpu())
    return torch.cat(means), torch.cat(spreads)


def scale_of(latents: Latents) -> float:
    """What brings the latents to unit variance (Rombach et al., 2022, appendix G)."""
    sample = latents.mean[:4000].float()
    return average_over_all(1 / sample.std().item())

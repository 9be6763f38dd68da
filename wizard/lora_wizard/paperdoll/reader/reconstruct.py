"""Pictures passed through an autoencoder: the reader is asked about what one has decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from lora_wizard.errors import ModelError
from lora_wizard.paperdoll.base.modules import SIZES, Autoencoder, build_vae
from lora_wizard.paperdoll.base.progress import load_state

_AT_ONCE = 64
_diffusers: Any = diffusers  # its classes are untyped


def load_autoencoder(folder: Path) -> Autoencoder:
    """The autoencoder of a base's training state (`vae.pt`) or of a diffusers folder.

    Raises:
        ModelError: neither is there, or its sizes are none of ours.
    """
    for part in (folder, folder / "vae"):
        if (part / "config.json").is_file():
            return _ready(_diffusers.AutoencoderKL.from_pretrained(str(part)))
    state = load_state(folder / "decoder.pt") or load_state(folder / "vae.pt")
    if state is None:
        raise ModelError(
            "There is no autoencoder here",
            where=str(folder),
            fix="Give the folder in which `lora-wizard paperdoll train-base` keeps its state, "
            "or a diffusers folder",
        )
    weights = state["average"]
    for sizes in SIZES.values():
        autoencoder = build_vae(sizes)
        wanted = {name: tensor.shape for name, tensor in autoencoder.state_dict().items()}
        if wanted == {name: tensor.shape for name, tensor in weights.items()}:
            autoencoder.load_state_dict(weights)
            return _ready(autoencoder)
    raise ModelError(
        "This autoencoder has other sizes than paperdoll's",
        where=str(folder),
        fix=f"Train one for pictures of {', '.join(map(str, SIZES))} px",
    )


def _ready(autoencoder: Autoencoder) -> Autoencoder:
    return autoencoder.float().eval().requires_grad_(False).to(memory_format=torch.channels_last)


def reconstructed(
    autoencoder: Autoencoder, pictures: np.ndarray, *, seed: int, latent_noise: float = 0.0
) -> np.ndarray:
    """Pictures encoded, sampled and decoded, `(n, 64, 64, 3)` uint8 as they came.

    Args:
        latent_noise: each picture's latents get noise of a strength evenly drawn from 0 to this,
            in standard deviations of the latents.
    """
    generator = torch.Generator().manual_seed(seed)

    def change(latents: Tensor) -> Tensor:
        strength = latent_noise * torch.rand((len(latents), 1, 1, 1), generator=generator)
        return latents + strength * latents.std() * _noise_like(latents, generator)

    return _through(autoencoder, pictures, change, generator)


def broken_by_latents(autoencoder: Autoencoder, pictures: np.ndarray, *, seed: int) -> np.ndarray:
    """Pictures broken where models break them: in the latents. `(n, 64, 64, 3)` uint8."""
    generator = torch.Generator().manual_seed(seed)

    def change(latents: Tensor) -> Tensor:
        breakers = (_drowned, _shuffled, _overdriven, _mixed, _clouded)
        parts = latents.chunk(len(breakers))
        return torch.cat(
            [breaker(part, generator) for breaker, part in zip(breakers, parts, strict=False)]
        )

    return _through(autoencoder, pictures, change, generator)


@torch.inference_mode()
def _through(
    autoencoder: Autoencoder,
    pictures: np.ndarray,
    change: Callable[[Tensor], Tensor],
    generator: torch.Generator,
) -> np.ndarray:
    """Encodes, changes the latents and decodes, at the autoencoder's own size."""
    side, own = pictures.shape[1], int(autoencoder.config.sample_size)
    device = next(autoencoder.parameters()).device
    results = []
    for batch in _batches(pictures):
        signed = batch.float() / 127.5 - 1
        if own != side:
            signed = F.interpolate(signed, size=(own, own), mode="bilinear")
        with torch.autocast(device.type, torch.bfloat16):
            ready = signed.to(device).contiguous(memory_format=torch.channels_last)
            posterior = autoencoder.encode(ready).latent_dist
            mean, spread = posterior.mean.float().cpu(), posterior.std.float().cpu()
            latents = change(mean + spread * _noise_like(mean, generator))
            made = autoencoder.decode(latents.to(device)).sample.float().cpu()
        if own != side:
            made = F.interpolate(made, size=(side, side), mode="bilinear", antialias=True)
        numbers = ((made.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
        results.append(numbers.permute(0, 2, 3, 1).numpy())
    return np.concatenate(results)


def _batches(pictures: np.ndarray) -> Iterator[Tensor]:
    for start in range(0, len(pictures), _AT_ONCE):
        yield torch.from_numpy(pictures[start : start + _AT_ONCE]).permute(0, 3, 1, 2)


def _noise_like(latents: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(latents.shape, generator=generator)


def _drowned(latents: Tensor, generator: torch.Generator) -> Tensor:
    """More noise than picture, as where sampling stopped too early."""
    share = 0.45 + 0.5 * torch.rand((len(latents), 1, 1, 1), generator=generator)
    return latents.lerp(latents.std() * 1.2 * _noise_like(latents, generator), share)


def _shuffled(latents: Tensor, generator: torch.Generator) -> Tensor:
    """Square pieces in the wrong places, blended by the decoder."""
    count, channels, side, _ = latents.shape
    piece = side // 4
    pieces = F.unfold(latents, piece, stride=piece)  # (n, channels * piece * piece, 16)
    order = torch.randperm(pieces.shape[-1], generator=generator)
    return F.fold(pieces[..., order], (side, side), piece, stride=piece).view(
        count, channels, side, side
    )


def _overdriven(latents: Tensor, generator: torch.Generator) -> Tensor:
    """Latents far beyond their range, as of far too strong a LoRA."""
    centre = latents.mean(dim=(2, 3), keepdim=True)
    factor = 4 + 4 * torch.rand((len(latents), 1, 1, 1), generator=generator)
    tint = latents.std() * 1.5 * _noise_like(centre, generator)
    return (latents - centre) * factor + centre + tint


def _mixed(latents: Tensor, _: torch.Generator) -> Tensor:
    """Half of one picture's latents and half of another's."""
    return (latents + latents.roll(1, dims=0).flip(-1)) * 0.6


def _clouded(latents: Tensor, generator: torch.Generator) -> Tensor:
    """Smooth noise, with little of the picture left."""
    cells = int(torch.randint(3, 9, (), generator=generator))
    small = torch.randn((len(latents), latents.shape[1], cells, cells), generator=generator)
    smooth = F.interpolate(small, size=latents.shape[-2:], mode="bicubic") * latents.std() * 1.3
    share = 0.65 + 0.35 * torch.rand((len(latents), 1, 1, 1), generator=generator)
    return latents.lerp(smooth, share)

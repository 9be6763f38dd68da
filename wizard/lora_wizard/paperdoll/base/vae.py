"""Stage 1: the autoencoder (Kingma and Welling, 2014; Rombach et al., 2022, without a critic)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from lora_wizard.paperdoll.base.corpus import to_signed
from lora_wizard.paperdoll.base.feed import fresh_drawings
from lora_wizard.paperdoll.base.modules import Autoencoder, Sizes, build_vae
from lora_wizard.paperdoll.base.progress import (
    Average,
    Log,
    Pace,
    cooled,
    finished_state,
    learn,
    load_state,
    rank,
    save_state,
    start_together,
    world,
)

KL_WEIGHT = 2e-6
SAVE_EVERY = 4000
"""Pictures seen between two lines of the log, which are also the points to go on from."""


def reconstruction_loss(wanted: Tensor, made: Tensor, weights: Tensor) -> Tensor:
    """L1 plus L1 of the picture's differences (edges stay sharp), weighted per pixel.

    Args:
        wanted, made: `(n, 3, h, w)` in -1..1.
        weights: `(n, 1, h, w)`, 1 where nothing is special.
    """
    loss = ((wanted - made).abs() * weights).mean()
    for axis in (2, 3):
        loss = loss + 0.5 * (wanted.diff(dim=axis) - made.diff(dim=axis)).abs().mean()
    return loss + 2.0 * ((wanted - made).square() * weights).mean()


def train_vae(
    sizes: Sizes,
    folder: Path,
    log: Log,
    *,
    samples: int,
    batch: int,
    device: torch.device,
    decoder_only: bool = False,
    rate: float = 2e-3,
    drawers: int = 0,
) -> Autoencoder:
    """Trains on fresh drawings until `samples` pictures were seen; goes on from `vae.pt`.

    With `decoder_only` the encoder stays (latents already made keep their meaning) and the decoder
    is refined on the encoder's samples; it begins at `vae.pt` and is kept in `decoder.pt`.

    Args:
        samples: pictures, counted over all workers and all earlier starts.
        batch: pictures a worker and step.
        drawers: processes that draw ahead; 0 to draw in this one.

    Returns:
        The average of the weights (EMA), in evaluation mode.
    """
    name = "decoder" if decoder_only else "vae"
    study = _begin(sizes, folder, device, rate, decoder_only=decoder_only)
    drawn = fresh_drawings(sizes.picture, batch, seed=study.seen + rank(), drawers=drawers)
    pace = Pace(study.seen)
    while study.seen < samples:
        seen = study.seen
        warm = min(1, (seen + batch) / 3200)
        study.optimizer.param_groups[0]["lr"] = cooled(rate, seen / samples) * warm
        loss, kl = _step(study, *next(drawn), device=device)
        study.average.update(study.vae, min(0.998, (seen + 1) / (seen + 4000)))
        study.seen += batch * world()
        if study.seen // SAVE_EVERY != seen // SAVE_EVERY or study.seen >= samples:
            a_second = pace.since(study.seen)
            log.write(name, seen=study.seen, loss=loss.item(), kl=kl.item(), a_second=a_second)
            save_state(folder / f"{name}.pt", study.state())
    study.vae.load_state_dict(study.average.weights)
    return study.vae.eval()


@dataclass(slots=True)
class _Study:
    """The autoencoder being trained, and how far it is."""

    vae: Autoencoder
    decoder_only: bool
    parameters: list[nn.Parameter]
    optimizer: torch.optim.AdamW
    average: Average
    seen: int = 0

    def state(self) -> dict[str, object]:
        return {
            "model": self.vae.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "seen": self.seen,
            "average": self.average.weights,
        }


def _begin(
    sizes: Sizes, folder: Path, device: torch.device, rate: float, *, decoder_only: bool
) -> _Study:
    """The autoencoder as the folder's state has it, or at its beginning."""
    vae = build_vae(sizes).to(device=device, memory_format=torch.channels_last)
    state = load_state(folder / ("decoder.pt" if decoder_only else "vae.pt"))
    if state is None and decoder_only:
        vae.load_state_dict(finished_state(folder / "vae.pt")["average"])
    trained = [vae.decoder, vae.post_quant_conv] if decoder_only else [vae]
    parameters = [parameter for part in trained for parameter in part.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.99), fused=True)
    start_together(vae)
    study = _Study(vae, decoder_only, parameters, optimizer, Average.of(vae))
    if state is not None:
        vae.load_state_dict(state["model"])
        study.average.load(state["average"])
        study.seen = state["seen"]
        if "optimizer" in state:  # weights taken from a finished model come without one
            optimizer.load_state_dict(state["optimizer"])
    return study


def _step(
    study: _Study, pictures: Tensor, weights: Tensor, *, device: torch.device
) -> tuple[Tensor, Tensor]:
    """One step; reconstruction loss and KL divergence, both without a unit."""
    wanted = to_signed(pictures.to(device, non_blocking=True))
    wanted = wanted.to(memory_format=torch.channels_last)
    weights = weights.to(device, non_blocking=True)
    with torch.autocast(device.type, torch.bfloat16):
        with torch.set_grad_enabled(not study.decoder_only):
            posterior = study.vae.encode(wanted).latent_dist
            latents = posterior.sample()
        made = study.vae.decode(latents).sample
    kl = posterior.kl().mean()
    loss = reconstruction_loss(wanted, made.float(), weights)
    learn(loss + KL_WEIGHT * kl, study.parameters, study.optimizer)
    return loss.detach(), kl.detach()

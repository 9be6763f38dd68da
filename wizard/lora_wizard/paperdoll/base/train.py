"""The base model from nothing but drawings: every stage in its order, each gone on from its state.

    1. vae        pictures to latents and back          vae.pt
    2. text       captions to states                    text.pt
    3. latents    drawings encoded once                 latents-0000.pt ...
    4. unet       noise from latents and states         unet.pt
    5. decoder    the way back, refined                 decoder.pt
    6. export     a folder as diffusers reads it

A stage is closed once a later one rests on it: latents would lose their meaning under an encoder
that learned on, and so would the denoiser under other text states. So a lengthened plan lengthens
only what is still open.
"""

from __future__ import annotations

from pathlib import Path

import torch

from lora_wizard.paperdoll.base.denoiser import train_denoiser
from lora_wizard.paperdoll.base.export import export_state
from lora_wizard.paperdoll.base.latents import Latents, make_latents, scale_of
from lora_wizard.paperdoll.base.modules import (
    Autoencoder,
    TextEncoder,
    build_text_encoder,
    build_vae,
)
from lora_wizard.paperdoll.base.plan import Plan
from lora_wizard.paperdoll.base.progress import (
    Log,
    finished_state,
    load_state,
    rank,
    wait_for_all,
)
from lora_wizard.paperdoll.base.text import train_text_encoder
from lora_wizard.paperdoll.base.vae import train_vae

TEXT_BATCH = 48


def train_base(plan: Plan, *, device: torch.device, drawers: int = 0) -> None:
    """Runs every stage of the plan that is not finished, and exports the model.

    Every worker of a process group calls this with the same plan; alone it needs no group.

    Args:
        drawers: processes that draw ahead of a GPU; 0 to draw in this one.

    Raises:
        ModelError: the exported folder is too large or does not load.
        RunError: the model's folder cannot be written.
    """
    torch.manual_seed(rank())
    log, begun = Log(plan.log), _begun(plan.state)
    wait_for_all()  # so that all workers have looked before the first one writes
    vae = _autoencoder(plan, log, device, drawers, closed=bool(begun & {"latents", "unet"}))
    encoder = _text_encoder(plan, log, device, closed="unet" in begun)
    latents = make_latents(
        vae, plan.sizes, plan.state, log, pictures=plan.amounts.pictures, drawers=drawers
    )
    train_denoiser(
        plan.sizes,
        plan.state,
        log,
        encoder,
        latents,
        scale=_scale(plan.state, latents, log),
        samples=plan.amounts.samples,
        batch=plan.amounts.batch,
        device=device,
    )
    wait_for_all()
    if plan.amounts.decoder_samples > 0:
        _train_autoencoder(plan, log, device, drawers, decoder_only=True)
    if rank() == 0:
        export_state(plan)
        log.write("export", seen=finished_state(plan.state / "unet.pt")["seen"])
    wait_for_all()


def _begun(folder: Path) -> set[str]:
    """Which of the stages that rest on earlier ones have left something."""
    begun = {"unet"} if (folder / "unet.pt").exists() else set()
    return begun | ({"latents"} if any(folder.glob("latents-*.pt")) else set())


def _autoencoder(
    plan: Plan, log: Log, device: torch.device, drawers: int, *, closed: bool
) -> Autoencoder:
    """The finished autoencoder as it is on the disk: the same for every worker."""
    if not closed:
        _train_autoencoder(plan, log, device, drawers, decoder_only=False)
    vae = build_vae(plan.sizes).to(device=device, memory_format=torch.channels_last)
    vae.load_state_dict(finished_state(plan.state / "vae.pt")["average"])
    return vae.eval().requires_grad_(False)


def _train_autoencoder(
    plan: Plan, log: Log, device: torch.device, drawers: int, *, decoder_only: bool
) -> None:
    amounts = plan.amounts
    train_vae(
        plan.sizes,
        plan.state,
        log,
        samples=amounts.decoder_samples if decoder_only else amounts.vae_samples,
        batch=amounts.vae_batch,
        device=device,
        decoder_only=decoder_only,
        drawers=drawers,
    )
    wait_for_all()


def _text_encoder(plan: Plan, log: Log, device: torch.device, *, closed: bool) -> TextEncoder:
    if not closed:
        train_text_encoder(
            plan.sizes,
            plan.state,
            log,
            steps=plan.amounts.text_steps,
            batch=TEXT_BATCH,
            device=device,
        )
        wait_for_all()
    encoder = build_text_encoder(plan.sizes).to(device)
    encoder.load_state_dict(finished_state(plan.state / "text.pt")["model"])
    return encoder.eval().requires_grad_(False)


def _scale(folder: Path, latents: Latents, log: Log) -> float:
    """The latents' scale: measured once, then the one that the denoiser was begun with."""
    state = load_state(folder / "unet.pt")
    if state is not None:
        return float(state["scale"])
    scale = scale_of(latents)
    log.write("latents", scale=scale)
    return scale

"""The base model as training needs it: loaded, put where it works, and fit for the recipe."""

from __future__ import annotations

from collections.abc import Callable

import torch

from lora_wizard.errors import TrainingError
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.quantise import quantise
from lora_wizard.models.residence import ASIDE, resting_place
from lora_wizard.recipe import Recipe
from lora_wizard.runs import Note, Phase
from lora_wizard.train.precision import TYPES

Tell = Callable[[Note | Phase], None]


def load_model(recipe: Recipe, device: torch.device, precision: str, tell: Tell) -> BaseModel:
    """Loads the recipe's base, in few bits where it asks for that.

    Parts that are not trained rest on the CPU; see `models.residence`.

    Args:
        device: where training computes.
        precision: `fp32`, `bf16` or `fp16`: what the base computes in.
        tell: passes on what is to be said of it.

    Raises:
        ModelError: it cannot be loaded, or not be kept in few bits.
        TrainingError: the resolution or the loss does not fit it.
    """
    bits, trains_text = recipe.training.quantise, recipe.network.parts != "unet"
    base = load_base(
        recipe.model.base,
        family=recipe.model.family,
        v_prediction=recipe.model.v_prediction,
        vae=recipe.model.vae,
        zero_terminal_snr=recipe.model.zero_terminal_snr,
        device=device if bits == "none" else ASIDE,
        resting=resting_place(device),
        dtype=TYPES[precision],
    )
    if bits != "none":
        # Text encoders that are not trained come and go, which whole ones do faster.
        encoders = base.text_encoders if trains_text else ()
        quantise([base.unet, *encoders], bits, device)
    if trains_text:  # so they stay
        for encoder in base.text_encoders:
            encoder.to(device)
    for note in base.notes:
        tell(Note("info", note))
    for doubt in base.doubts:
        tell(Note("warning", doubt))
    _check_resolution(recipe, base)
    _check_objective(recipe, base, tell)
    return base


def _check_objective(recipe: Recipe, base: BaseModel, tell: Tell) -> None:
    """What can be known only once the model says what it predicts."""
    if base.prediction_type == "v_prediction":
        return
    if recipe.loss.scale_v_like_noise:
        raise TrainingError(
            f"{base.name} predicts noise, so its loss needs no scaling to be like that of noise",
            where="loss.scale_v_like_noise",
            fix="Set it to false; or model.v_prediction = true where the file is mistaken",
        )
    if base.noise_scheduler.config.rescale_betas_zero_snr:
        what = f"{base.name} predicts noise on a schedule that ends in pure noise: "
        tell(Note("warning", what + "there its answer is known beforehand, and teaches nothing"))


def _check_resolution(recipe: Recipe, base: BaseModel) -> None:
    unit = base.pixels_per_latent * 2 ** (len(base.unet.config.block_out_channels) - 1)
    wrong = [side for side in recipe.data.resolution if side % unit]
    if wrong:
        raise TrainingError(
            f"{base.name} trains on multiples of {unit} pixels, not on {wrong[0]}",
            where="data.resolution",
            fix=f"Use {max(unit, round(wrong[0] / unit) * unit)}",
        )

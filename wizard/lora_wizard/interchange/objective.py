"""Loss, noise, limits and validation of sd-scripts, in both directions. Pure.

All formats share these names.
"""

from __future__ import annotations

from typing import Any

from lora_wizard.interchange.converting import as_flag, flag, integer, number, one_of
from lora_wizard.interchange.table import (
    Entry,
    Found,
    Source,
    entry,
    idle,
    lost,
    refused,
    taken,
    translated,
)
from lora_wizard.recipe import Recipe, ValidationSettings

KINDS = {name: name for name in ("l2", "l1", "huber", "smooth_l1")}
SCHEDULES = {name: name for name in ("snr", "exponential", "constant")}
_OFF = ("", None, 0, False)


def _zero_terminal(value: Any, source: Source) -> Found:
    """A switch there: off only means that nothing is changed."""
    found = as_flag(value)
    if found is None:
        return refused("not_yes_or_no")
    return taken(True) if found else idle("unset")


def _board(value: Any, source: Source) -> Found:
    """Where the run is told: of the places there, TensorBoard's files are here too."""
    word = str(value).strip().lower()
    return translated(True, "other_word") if word in ("tensorboard", "all") else lost("machinery")


HELD_OUT: tuple[Entry, ...] = (
    entry("validation_split", "validation.share", number, unset=_OFF),
    entry("validation_seed", "validation.seed", integer),
)
"""Also in a dataset TOML."""

ENTRIES: tuple[Entry, ...] = (
    entry("zero_terminal_snr", "model.zero_terminal_snr", _zero_terminal),
    entry("loss_type", "loss.kind", one_of(KINDS)),
    entry("huber_schedule", "loss.huber_schedule", one_of(SCHEDULES)),
    entry("huber_c", "loss.huber_c", number, unset=_OFF),
    entry("huber_scale", "loss.huber_scale", number, unset=_OFF),
    entry("debiased_estimation_loss", "loss.debiased", flag),
    entry("scale_v_pred_loss_like_noise_pred", "loss.scale_v_like_noise", flag),
    entry("noise_offset_random_strength", "noise.random_offset", flag),
    entry("multires_noise_iterations", "noise.pyramid_iterations", integer, unset=_OFF),
    entry("multires_noise_discount", "noise.pyramid_discount", number, unset=_OFF),
    entry("ip_noise_gamma", "noise.input_gamma", number, unset=_OFF),
    entry("scale_weight_norms", "training.max_weight_norm", number, unset=_OFF),
    entry("network_args.loraplus_lr_ratio", "training.lora_plus_ratio", number),
    *HELD_OUT,
    entry("validate_every_n_epochs", "validation.every_epochs", integer, unset=_OFF),
    entry("validate_every_n_steps", "validation.every_steps", integer, unset=_OFF),
    entry("log_with", "saving.tensorboard", _board),
    entry("ip_noise_gamma_random_strength", "noise.random_input_gamma", flag),
)


def exported(recipe: Recipe) -> dict[str, Any]:
    """The options of a recipe; what is off is left out, as it is off there too."""
    loss, noise = recipe.loss, recipe.noise
    found: dict[str, Any] = {
        "loss_type": loss.kind,
        "huber_schedule": loss.huber_schedule,
        "huber_c": loss.huber_c,
        "huber_scale": loss.huber_scale,
    }
    if noise.pyramid_iterations:
        found["multires_noise_iterations"] = noise.pyramid_iterations
    found["multires_noise_discount"] = noise.pyramid_discount
    if recipe.training.max_weight_norm:
        found["scale_weight_norms"] = recipe.training.max_weight_norm
    if noise.input_gamma:
        found["ip_noise_gamma"] = noise.input_gamma
    if recipe.saving.tensorboard:
        found |= {"log_with": "tensorboard", "logging_dir": "logs"}
    if recipe.validation.share:
        found |= _validation(recipe.validation)
    switches = {
        "zero_terminal_snr": recipe.model.zero_terminal_snr,
        "debiased_estimation_loss": loss.debiased,
        "scale_v_pred_loss_like_noise_pred": loss.scale_v_like_noise,
        "noise_offset_random_strength": noise.random_offset,
        "ip_noise_gamma_random_strength": noise.random_input_gamma,
    }
    return found | {key: True for key, on in switches.items() if on}


def _validation(validation: ValidationSettings) -> dict[str, Any]:
    found: dict[str, Any] = {
        "validation_split": validation.share,
        "validation_seed": validation.seed,
    }
    every = {
        "validate_every_n_epochs": validation.every_epochs,
        "validate_every_n_steps": validation.every_steps,
    }
    return found | {key: count for key, count in every.items() if count}

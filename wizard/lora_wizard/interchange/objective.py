"""Loss, noise, limits and validation of sd-scripts, in both directions. Pure.

All formats share these names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lora_wizard.interchange.converting import (
    as_flag,
    flag,
    flag_word,
    integer,
    number,
    one_of,
    unfit,
)
from lora_wizard.interchange.table import (
    Entry,
    Found,
    Source,
    entry,
    idle,
    is_one_of,
    lost,
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
        return unfit(value, "not_yes_or_no")
    return taken(True) if found else idle("unset")


def _board(value: Any, source: Source) -> Found:
    """Where the run is told: of the places there, TensorBoard's files are here too."""
    word = str(value).strip().lower()
    return translated(True, "other_word") if word in ("tensorboard", "all") else lost("machinery")


SNR_BEFORE = "(snr_before_rescaling)"
"""The name under which it stands that weights follow the schedule before it is rescaled."""
_WEIGHTS = ("min_snr_gamma", "debiased_estimation_loss", "scale_v_pred_loss_like_noise_pred")


def gathered(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The settings; where a zero-terminal schedule is weighed, with the way of sd-scripts named.

    It computes the SNR before it rescales the schedule.
    """
    on = {
        name
        for key, value in flat.items()
        if (name := key.rpartition(".")[2]) in ("zero_terminal_snr", *_WEIGHTS)
        and not is_one_of(value, _OFF)
        and flag_word(value) is not False
    }
    if "zero_terminal_snr" in on and len(on) > 1:
        return {**flat, SNR_BEFORE: True}
    return dict(flat)


def _snr_before(value: Any, source: Source) -> Found:
    return translated(True, "snr_before_rescaling") if as_flag(value) else idle("unset")


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
    entry(SNR_BEFORE, "loss.snr_before_rescaling", _snr_before),
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
        "scale_v_pred_loss_like_noise_pred": loss.scale_v_like_noise
        and recipe.model.v_prediction is True,
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

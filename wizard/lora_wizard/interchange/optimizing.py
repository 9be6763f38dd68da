"""Optimizers of sd-scripts and their arguments, in both directions. Pure.

Adafactor is taken over only with `relative_step=False`: by itself it makes its own rate there,
which no recipe says. Names of Prodigy's arguments differ between the packages that have it.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from lora_wizard.interchange.converting import as_flag, gathered_lines, one_of
from lora_wizard.interchange.table import (
    Converter,
    Found,
    Source,
    idle,
    lost,
    refused,
)
from lora_wizard.recipe.optimizing import Optimizer, option_parts

GATHERED = "(optimizer_options)"
"""The name under which a file's arguments of the optimizer stand together."""

NAMES: Mapping[Optimizer, str] = {
    "adamw": "AdamW",
    "adamw8bit": "AdamW8bit",
    "lion": "Lion",
    "lion8bit": "Lion8bit",
    "adafactor": "AdaFactor",
    "prodigy": "Prodigy",
    "adamw_schedule_free": "AdamWScheduleFree",
}
"""What `optimizer_type` calls them."""

_MEANINGS = {name.lower(): ours for ours, name in NAMES.items()} | {"8bit_adam": "adamw8bit"}

_MOMENTS = {"betas": "betas", "eps": "eps"}
_SIGNS = {"betas": "betas"}
ARGUMENTS: Mapping[Optimizer, Mapping[str, str]] = {
    "adamw": {**_MOMENTS, "amsgrad": "amsgrad"},
    "adamw8bit": _MOMENTS,
    "lion": _SIGNS,
    "lion8bit": _SIGNS,
    "adafactor": {
        name: name for name in ("eps", "clip_threshold", "decay_rate", "beta1", "scale_parameter")
    },
    "prodigy": {
        **_MOMENTS,
        **{name: name for name in ("beta3", "safeguard_warmup", "d0", "d_coef", "growth_rate")},
        "decouple": "weight_decouple",
        "use_bias_correction": "bias_correction",
    },
    "adamw_schedule_free": {**_MOMENTS, "r": "r", "weight_lr_power": "weight_lr_power"},
}
"""Names of their arguments there, and here."""

_OWN_RATE = ("relative_step", "warmup_init")


def optimizer(value: Any, source: Source) -> Found:
    """The optimizer; a dotted name is a class to be run, which is refused."""
    if "." in str(value):
        return refused("executable")
    if str(value).strip().lower() == "adafactor" and _makes_its_rate(source.values):
        return lost("no_such_optimizer", value="AdaFactor (relative_step)")
    return one_of(_MEANINGS, "no_such_optimizer")(value, source)


def rate_of(optimizer: str | None, found: Found, source: Source) -> Found:
    """A learning rate as found; left where it was meant for an optimizer that makes its own."""
    name = str(optimizer or "").lower()
    makes_own = name.startswith("dadapt") or (
        name == "adafactor" and _makes_its_rate(source.values)
    )
    if found.counts and makes_own:
        return refused("rate_of_optimizer", optimizer=str(optimizer)[:40])
    return found


def gathered(flat: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, with the optimizer's arguments once more as a list, where there are any."""
    ours = _chosen(flat)
    taken = ARGUMENTS.get(ours, {}) if ours else {}
    options = [
        f"{name}={_written(flat[f'optimizer_args.{there}'])}"
        for there, name in taken.items()
        if f"optimizer_args.{there}" in flat
    ]
    if ours == "adafactor":
        # Here it is off unless asked for; there it is on.
        options = [one for one in options if one != "scale_parameter=False"]
        if "optimizer_args.scale_parameter" not in flat:
            options.append("scale_parameter=True")
    return {**flat, GATHERED: options} if options else dict(flat)


options = gathered_lines("gathered")
"""Of the row under `GATHERED`."""


def _single(name: str) -> Converter:
    def convert(value: Any, source: Source) -> Found:
        ours = _chosen(source.values)
        if ours and name in ARGUMENTS[ours]:
            return idle("with", other=GATHERED)
        if name in _OWN_RATE and ours == "adafactor":
            return idle("with", other="optimizer_type")
        return lost()

    return convert


SINGLE: Mapping[str, Converter] = {
    f"optimizer_args.{name}": _single(name)
    for name in sorted({name for one in ARGUMENTS.values() for name in one} | set(_OWN_RATE))
}
"""Arguments of optimizers one by one: read together, or lost."""


def exported(name: Optimizer, decay: float, options: tuple[str, ...]) -> dict[str, Any]:
    """`optimizer_type` and `optimizer_args` of a recipe. What has no name there is left out."""
    there = {ours: theirs for theirs, ours in ARGUMENTS[name].items()}
    arguments = [f"weight_decay={decay!r}"]
    given = dict(map(option_parts, options))
    if name == "adafactor":
        given.setdefault("scale_parameter", False)
        arguments += ["relative_step=False", "warmup_init=False"]
    arguments += [f"{there[key]}={value!r}" for key, value in given.items() if key in there]
    return {"optimizer_type": NAMES[name], "optimizer_args": arguments}


def unexported(name: Optimizer, options: tuple[str, ...]) -> list[str]:
    """Options that sd-scripts has no argument for."""
    known = set(ARGUMENTS[name].values())
    return [key for key, _ in map(option_parts, options) if key not in known]


def _chosen(values: Mapping[str, Any]) -> Optimizer | None:
    word = str(values.get("optimizer_type") or values.get("optimizer") or "adamw").strip().lower()
    found = next((ours for ours, name in NAMES.items() if name.lower() == word), None)
    if word == "8bit_adam":
        found = "adamw8bit"
    return None if found == "adafactor" and _makes_its_rate(values) else found


def _makes_its_rate(values: Mapping[str, Any]) -> bool:
    return as_flag(values.get("optimizer_args.relative_step", True)) is not False


def _written(value: Any) -> str:
    """A value as a recipe has it: `0.9,0.99` is a pair."""
    if not isinstance(value, str):
        return repr(value)
    try:
        return repr(ast.literal_eval(value.strip()))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value.strip()

"""What the options of sd-scripts mean, one by one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lora_wizard.interchange import captions, lycoris
from lora_wizard.interchange.converting import (
    as_flag,
    as_number,
    integer,
    number,
    one_line,
    share_of_steps,
    unfit,
    warmup,
)
from lora_wizard.interchange.optimizing import rate_of
from lora_wizard.interchange.table import (
    Converter,
    Found,
    Source,
    idle,
    lost,
    taken,
    translated,
)

PRECISIONS = {"no": "fp32", "fp16": "fp16", "bf16": "bf16"}
FILE_PRECISIONS = {"float": "fp32", "fp16": "fp16", "bf16": "bf16"}


def family_if(name: str) -> Converter:
    """A switch that says that the base is of this family."""

    def convert(value: Any, source: Source) -> Found:
        found = as_flag(value)
        if found is None:
            return unfit(value, "not_yes_or_no")
        return translated(name, "family") if found else idle("unset")

    return convert


def parts_if(name: str) -> Converter:
    """A switch that says that only this part is trained."""

    def convert(value: Any, source: Source) -> Found:
        found = as_flag(value)
        if found is None:
            return unfit(value, "not_yes_or_no")
        return translated(name, "parts") if found else idle("unset")

    return convert


def alpha(value: Any, source: Source) -> Found:
    """Alpha, where 0 means the rank."""
    found = number(value, source)
    rank = source.number("network_dim")
    if found.counts and found.value == 0:
        return translated(rank or 4.0, "alpha_zero")
    return found


def steps(value: Any, source: Source) -> Found:
    """Steps, where no epochs are given: those win."""
    if source.get("max_train_epochs") is not None:
        return idle("not_in_force", other="max_train_epochs")
    return integer(value, source)


def warmup_steps(value: Any, source: Source) -> Found:
    """A whole number is steps, a fraction is a share of them."""
    if isinstance(value, float) and as_number(value) is not None:
        return warmup(taken(value), source.get("lr_scheduler") or "constant")
    found = integer(value, source)
    if not found.counts:
        return found
    total = None if source.get("max_train_epochs") else source.number("max_train_steps") or 1600
    return warmup(share_of_steps(found.value, total), source.get("lr_scheduler") or "constant")


def rate(value: Any, source: Source) -> Found:
    if isinstance(value, list) and value and len(set(map(str, value))) == 1:
        value = value[0]
    return rate_of(source.get("optimizer_type"), number(value, source), source)


def eight_bit(value: Any, source: Source) -> Found:
    if source.get("optimizer_type") is not None:
        return idle("not_in_force", other="optimizer_type")
    return translated("adamw8bit", "other_word") if as_flag(value) else idle("unset")


def lion(value: Any, source: Source) -> Found:
    if source.get("optimizer_type") is not None:
        return idle("not_in_force", other="optimizer_type")
    return translated("lion", "other_word") if as_flag(value) else idle("unset")


def no_metadata(value: Any, source: Source) -> Found:
    return translated("minimal", "other_word") if as_flag(value) else idle("unset")


def network_kind(value: Any, source: Source) -> Found:
    """Which code makes the network: a plain LoRA, or one in convolutions, is what we have too."""
    name = str(value)
    if name.endswith("networks.lora"):
        return idle("same_network")
    if lycoris.is_lycoris(source.values):
        algorithm = one_line(source.values.get("network_args.algo") or "lora")
        if lycoris.is_plain(source.values):
            return idle("same_network")
        return lost("no_such_network", value=f"{one_line(name)} {algorithm}")
    return lost("no_such_network", value=one_line(name))


def algorithm(value: Any, source: Source) -> Found:
    plain = str(value).strip().lower() in lycoris.PLAIN
    return idle("same_network") if plain else lost("no_such_network", value=one_line(value))


def only(usual: Any) -> Converter:
    """A setting that has one value here: any other changes results."""

    def convert(value: Any, source: Source) -> Found:
        return idle("same") if value == usual or as_number(value) == usual else lost()

    return convert


def kept_separator(value: Any, source: Source) -> Found:
    """What divides kept tags from those that are shuffled: three bars here."""
    if value == captions.KEPT_SEPARATOR:
        return idle("same_separator")
    return lost("other_separator", value=one_line(value))


def of_the_page(value: Any, source: Source) -> Found:
    """What the kohya_ss GUI writes into its config files, and sd-scripts passes over."""
    return idle("of_the_page")


TIMESTEPS: Mapping[str, Converter] = {"min_timestep": only(0), "max_timestep": only(1000)}
"""All timesteps are trained here."""


def prompts_file(value: Any, source: Source) -> Found:
    """A file of prompts is not followed: it lies on another machine."""
    return lost("prompts_file")


def dataset_file(value: Any, source: Source) -> Found:
    """A dataset TOML is read only when it is given too."""
    return lost("dataset_file")

"""What the fields of the kohya_ss GUI mean, one by one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lora_wizard.interchange import gui_defaults, lycoris, sd_options
from lora_wizard.interchange.converting import (
    as_number,
    integer,
    number,
    one_line,
    share_of_steps,
    warmup,
)
from lora_wizard.interchange.optimizing import rate_of
from lora_wizard.interchange.table import (
    Converter,
    Found,
    Source,
    idle,
    lost,
    translated,
)

ZERO_TOO = ("", None, 0, False)
LYCORIS = ("LyCORIS/LoCon", "LoCon")
_WITH_CONVOLUTIONS = ("Kohya LoCon", *LYCORIS)
PAGE = lycoris.Names("LyCORIS_preset", "network_dim", "network_alpha", "conv_dim", "conv_alpha")
CHANGES = ("dora_wd", "train_norm", "use_tucker", "use_scalar", "rank_dropout_scale")
OTHERS = ("use_cp", "decompose_both", "factor", "constrain", "rescaled", "unit", "train_on_input")
"""Fields of LyCORIS' kinds: those that change a LoCon, and those of other kinds only."""


def steps(value: Any, source: Source) -> Found:
    if source.get("max_train_epochs") is not None:
        return idle("not_in_force", other="max_train_epochs")
    return integer(value, source)


def epoch(value: Any, source: Source) -> Found:
    """Epochs of the page; both limits below it win over it."""
    for other in ("max_train_epochs", "max_train_steps"):
        if source.get(other) is not None:
            return idle("not_in_force", other=other)
    return integer(value, source)


def warmup_percent(value: Any, source: Source) -> Found:
    if source.get("lr_warmup_steps") is not None:
        return idle("not_in_force", other="lr_warmup_steps")
    found = number(value, source)
    if found.counts and found.value:
        share = round(found.value / 100, 6)
        found = translated(share, "percent", percent=f"{found.value:g}")
    return warmup(found, source.get("lr_scheduler"))


def warmup_steps(value: Any, source: Source) -> Found:
    found = as_number(value)
    if found is None:
        return integer(value, source)
    share = share_of_steps(found, None if source.get("max_train_epochs") else _total(source))
    return warmup(share, source.get("lr_scheduler"))


def _total(source: Source) -> float | None:
    return source.number("max_train_steps")


def cycles_from_epochs(value: Any, source: Source) -> Found:
    """Our own row; but a file may hold anything, also under this name."""
    cycles = as_number(value)
    if isinstance(cycles, int):
        return translated(cycles, "cycles_from_epochs")
    return integer(value, source)


def cycles(value: Any, source: Source) -> Found:
    if str(value) != "":
        return integer(value, source)
    return idle("unset")


def cycles_unset(values: Mapping[str, Any]) -> Any:
    """The cycles that count: an empty field means as many as there are epochs."""
    cycles = values.get("lr_scheduler_num_cycles")
    return values.get("epoch", 1) if cycles == "" else cycles


def rate(value: Any, source: Source) -> Found:
    return rate_of(source.get("optimizer"), number(value, source), source)


def convolutional(convert: Converter) -> Converter:
    """A setting of the convolutions: it stays on the page when the type has none."""

    def converted(value: Any, source: Source) -> Found:
        kind = source.get("LoRA_type") or "Standard"
        if kind not in _WITH_CONVOLUTIONS:
            return idle("no_convolutions", kind=one_line(kind))
        layers = lycoris.PRESETS.get(lycoris.preset_of(source.values, PAGE))
        if kind in LYCORIS and layers and not layers.convolutions:
            return idle("not_in_force", other=PAGE.preset)
        return convert(value, source)

    return converted


def noise_offset(value: Any, source: Source) -> Found:
    kind = source.get("noise_offset_type")
    if kind not in (None, "Original"):
        return idle("not_in_force", other=f"noise_offset_type = {one_line(kind)}")
    return number(value, source)


def noise_kind(value: Any, source: Source) -> Found:
    if value == "Multires":
        return idle("with", other="multires_noise_iterations")
    return idle("unset") if value == "Original" else lost()


def pyramid(convert: Converter) -> Converter:
    """A setting of the layered noise: it stays on the page where the other kind is chosen."""

    def converted(value: Any, source: Source) -> Found:
        kind = source.get("noise_offset_type")
        if kind not in (None, "Multires"):
            return idle("not_in_force", other=f"noise_offset_type = {one_line(kind)}")
        return convert(value, source)

    return converted


def kind(value: Any, source: Source) -> Found:
    if value in ("Standard", *_WITH_CONVOLUTIONS):
        return idle("same_network")
    return lost("no_such_network", value=one_line(value))


def only_lycoris(convert: Converter) -> Converter:
    """A field of LyCORIS' LoCon: it stays on the page of other types."""

    def converted(value: Any, source: Source) -> Found:
        if source.get("LoRA_type") in (None, "Standard", "Kohya LoCon"):
            return idle("not_in_force", other="LoRA_type")
        return convert(value, source)

    return converted


def of_other_kinds(value: Any, source: Source) -> Found:
    """A field of networks that are none of ours: it stays on the page of these."""
    if source.get("LoRA_type") in (None, "Standard", *_WITH_CONVOLUTIONS):
        return idle("not_in_force", other="LoRA_type")
    return lycoris.option(value, source)


def parts(value: Any, source: Source) -> Found:
    return sd_options.parts_if(str(value))(True, source)


def dropped_zero(value: Any, source: Source) -> Found:
    """A number whose 0 never arrives."""
    found = number(value, source)
    if found.counts and found.value == 0:
        return translated(1.0, "zero_dropped")
    return found


def trained_parts(flat: Mapping[str, Any]) -> str | None:
    """The one part that is trained by the rates: a rate of 0 leaves the other out.

    An empty field counts as 0 there. What cannot be read is no 0.
    """
    shown = {**gui_defaults.defaults(flat), **flat}
    text_encoder, unet = (_rate_there(shown[key]) for key in ("text_encoder_lr", "unet_lr"))
    if text_encoder is None or unet is None or (text_encoder == 0) == (unet == 0):
        return None
    return "unet" if text_encoder == 0 else "text_encoder"


def _rate_there(value: Any) -> float | int | None:
    return 0 if value == "" or value is False else as_number(value)

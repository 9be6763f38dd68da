"""LyCORIS' arguments of the network, which files of several programs carry. Pure.

Its plain kinds (`lora`, `locon`) are what is trained here, with two traps: where no rank of the
convolutions is given they have that of the network (0 turns them off), and a preset decides which
layers are trained. Source: LyCORIS `lycoris/kohya.py` (`create_network`) and `lycoris/config.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lora_wizard.interchange.converting import (
    as_number,
    flag_word,
    integer,
    number,
    one_line,
)
from lora_wizard.interchange.table import (
    Converter,
    Entry,
    Found,
    Source,
    entry,
    idle,
    lost,
    names,
    translated,
)

PLAIN = ("lora", "locon")
"""The kinds of network that are a plain LoRA, perhaps with convolutions."""
RANK, ALPHA, PARTS, PRESET = "(conv_rank)", "(conv_alpha)", "(preset_parts)", "(preset)"
"""The names under which what follows from several settings stands."""


@dataclass(frozen=True, slots=True)
class Layers:
    """Which layers a preset of LyCORIS trains, as far as a recipe can say it."""

    convolutions: bool
    only_unet: bool
    note: str
    """The remark on it; `lyco_same` where nothing differs."""


PRESETS: Mapping[str, Layers] = {
    "full": Layers(True, False, "lyco_full"),
    "full-lin": Layers(False, False, "lyco_linear"),
    "attn-mlp": Layers(False, False, "lyco_same"),
    "attn-only": Layers(False, False, "lyco_attention"),
    "unet-only": Layers(True, True, "lyco_full"),
    "unet-transformer-only": Layers(False, True, "lyco_same"),
    "unet-convblock-only": Layers(True, True, "lyco_blocks"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """What a format calls the settings that are read together."""

    preset: str
    rank: str
    alpha: str
    conv_rank: str
    conv_alpha: str


IN_ARGUMENTS = Names(
    "network_args.preset",
    "network_dim",
    "network_alpha",
    "network_args.conv_dim",
    "network_args.conv_alpha",
)


def preset_of(values: Mapping[str, Any], names: Names) -> str:
    """The preset's name; `full` where none is given."""
    return str(values.get(names.preset) or "full").strip()


def is_lycoris(values: Mapping[str, Any]) -> bool:
    """Whether the network is one of LyCORIS, by sd-scripts' options."""
    module = str(values.get("network_module") or "")
    return module.startswith(("lycoris", "locon.")) or (
        not module and "network_args.algo" in values
    )


def is_plain(values: Mapping[str, Any]) -> bool:
    """Whether the kind of the network is one of the plain ones."""
    return str(values.get("network_args.algo") or "lora").strip().lower() in PLAIN


def gathered(values: Mapping[str, Any], names: Names = IN_ARGUMENTS) -> dict[str, Any]:
    """The settings of a network of LyCORIS, with what they leave unsaid under names in brackets."""
    found = dict(values)
    if not values.get(names.preset):
        found[PRESET] = "full"
    layers = PRESETS.get(preset_of(values, names))
    if layers and layers.only_unet:
        found[PARTS] = "unet"
    if layers and not layers.convolutions:
        return found
    if str(values.get(names.conv_rank) or "") == "":
        found[RANK] = values.get(names.rank) or 4
    if str(values.get(names.conv_alpha) or "") == "":
        found[ALPHA] = values.get(names.alpha) or 1
    return found


def convolutional(convert: Converter, names: Names = IN_ARGUMENTS) -> Converter:
    """A setting of the convolutions, idle where the preset trains none."""

    def converted(value: Any, source: Source) -> Found:
        if is_lycoris(source.values):
            layers = PRESETS.get(preset_of(source.values, names))
            if layers and not layers.convolutions:
                return idle("not_in_force", other=names.preset)
        return convert(value, source)

    return converted


def preset(value: Any, source: Source) -> Found:
    """Which layers are trained."""
    layers = PRESETS.get(str(value).strip())
    if layers is None:
        return lost("lyco_preset", value=one_line(value))
    if layers.note == "lyco_same":
        return idle("lyco_same")
    return lost(layers.note)


def conv_alpha(value: Any, source: Source) -> Found:
    """Alpha of the convolutions, where 0 means their rank."""
    found = number(value, source)
    if found.counts and found.value == 0:
        rank = source.number("network_args.conv_dim") or source.number("network_dim")
        return translated(float(rank or 4), "alpha_zero")
    return found


def _rank(value: Any, source: Source) -> Found:
    found = integer(value, source)
    return translated(found.value, "lyco_rank") if found.counts else found


def _alpha(value: Any, source: Source) -> Found:
    found = number(value, source)
    if found.counts and found.value == 0:
        return translated(as_number(source.values.get(RANK)) or 4.0, "alpha_zero")
    return translated(found.value, "lyco_alpha") if found.counts else found


def _parts(value: Any, source: Source) -> Found:
    return translated("unet", "lyco_parts") if value == "unet" else lost()


ENTRIES: tuple[Entry, ...] = (
    entry(RANK, "network.conv_rank", _rank),
    entry(ALPHA, "network.conv_alpha", _alpha),
    entry(PARTS, "network.parts", _parts),
)


def option(value: Any, source: Source) -> Found:
    """A switch or number that changes what is learned: off, or named as not translated."""
    if flag_word(value) is False or as_number(value) in (0, -1):
        return idle("unset")
    return lost("lyco_option")


def _of_other_kinds(value: Any, source: Source) -> Found:
    """A setting that only other kinds of networks read."""
    if is_lycoris(source.values) and is_plain(source.values):
        return idle("not_in_force", other="network_args.algo")
    return option(value, source)


def _without_tucker(value: Any, source: Source) -> Found:
    """An old switch, the other way round."""
    return lost("lyco_option") if flag_word(value) is False else idle("unset")


_CHANGES = names(
    """
    dora_wd train_norm use_tucker use_cp use_conv_cp use_scalar rs_lora rank_dropout_scale
    conv_block_dims conv_block_alphas block_lr_zero_threshold loraplus_unet_lr_ratio
    loraplus_text_encoder_lr_ratio
    """
)
_OTHERS = names(
    """
    decompose_both full_matrix factor constraint rescaled block_size unbalanced_factorization unit
    train_on_input wd_on_output train_t5xxl
    """
)


def _bypass(value: Any, source: Source) -> Found:
    return lost("machinery")


OPTIONS: Mapping[str, Converter] = {
    **{f"network_args.{name}": option for name in _CHANGES},
    **{f"network_args.{name}": _of_other_kinds for name in _OTHERS},
    "network_args.disable_conv_cp": _without_tucker,
    "network_args.bypass_mode": _bypass,
    "network_args.preset": preset,
    PRESET: preset,
}
"""Arguments that decide nothing in a recipe."""

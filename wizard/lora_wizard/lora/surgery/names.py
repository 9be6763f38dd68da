"""kohya's and diffusers' names of the same layers. Pure.

diffusers names a layer by its path in its own models, whatever the family; kohya's SDXL files name
those of the UNet by LDM's. Older diffusers named attention layers through their processors.
Source: diffusers' `save_lora_weights`, `state_dict_utils.py`; sd-scripts' `networks/lora.py`.
"""

import re
from functools import lru_cache

from lora_wizard.lora.readers.layout import FULL_SIZE, Family, diffusers_layers, ldm_layers

_TEXT = re.compile(r"lora_te(1|2|)_text_model_encoder_layers_(\d+)_(self_attn|mlp)_(\w+)")
_ENCODERS = {"text_encoder": "1", "text_encoder_2": "2"}
_OLD_TEXT = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}
_STEP = re.compile(
    r"(down_blocks|up_blocks|mid_block|attentions|resnets|downsamplers|upsamplers|"
    r"transformer_blocks|proj_in|proj_out|attn[12]|to_[qkv]|to_out|ff|net|conv[12]|"
    r"conv_shortcut|time_emb_proj|conv|proj|\d+)(?=_|$)"
)
_UNET = re.compile(rf"(?:{_STEP.pattern}_?)+(?<!_)")
_LORA_PARTS = (
    (re.compile(r"\.lora_A(?:\.\w+)?\.weight$"), "down"),
    (re.compile(r"\.lora_B(?:\.\w+)?\.weight$"), "up"),
    (re.compile(r"\.lora(?:_linear_layer)?\.(down|up)\.weight$"), ""),
    (re.compile(r"_lora\.(down|up)\.weight$"), ""),
    (re.compile(r"\.alpha$"), "alpha"),
)


def diffusers_path(name: str, family: Family) -> str | None:
    """`unet.down_blocks...` or `text_encoder.text_model...` of a layer; None where there is none.

    Args:
        name: A layer in a kohya file.
        family: Of the file: it decides which names are understood.
    """
    if found := _TEXT.fullmatch(name):
        which, layer, block, inner = found.groups()
        encoder = "text_encoder_2" if which == "2" else "text_encoder"
        return f"{encoder}.text_model.encoder.layers.{layer}.{block}.{inner}"
    path = _from_ldm().get(name) if family == "sdxl" else None
    path = path or _spelt_out(name.removeprefix("lora_unet_"))
    return None if path is None or not name.startswith("lora_unet_") else f"unet.{path}"


def kohya_name(path: str, family: Family) -> str | None:
    """The name in a kohya file of a layer in diffusers' form; None where it has none."""
    part, _, inner = path.partition(".")
    if part in _ENCODERS:
        inner = inner.removeprefix("text_model.")
        prefix = f"lora_te{_ENCODERS[part]}" if family == "sdxl" else "lora_te"
        name = f"{prefix}_text_model_{inner.replace('.', '_')}"
        return name if _TEXT.fullmatch(name) else None
    flat = inner.replace(".", "_")
    if part != "unet" or _spelt_out(flat) != inner:
        return None
    return _to_ldm().get(inner) if family == "sdxl" else f"lora_unet_{flat}"


def taken_apart(key: str) -> tuple[str, str] | None:
    """Layer and `down`, `up` or `alpha` of a tensor in one of diffusers' or peft's forms."""
    key = key.removeprefix("base_model.model.")
    if key.startswith(("down_blocks.", "mid_block.", "up_blocks.")):
        key = f"unet.{key}"
    for pattern, kind in _LORA_PARTS:
        if found := pattern.search(key):
            return _modern(key[: found.start()]), kind or found[1]
    return None


def _modern(path: str) -> str:
    """A path as it is today: not through processors, not by the names of attention's own."""
    path = path.replace(".processor.", ".")
    if path.startswith("text_encoder"):
        head, _, last = path.rpartition(".")
        return f"{head}.{_OLD_TEXT.get(last, last)}"
    return f"{path}.0" if path.endswith(".to_out") else path


def _spelt_out(flat: str) -> str | None:
    """A path of a UNet's layer from its steps joined by underscores, which some steps hold too."""
    if not _UNET.fullmatch(flat):
        return None
    return ".".join(_STEP.findall(flat))


@lru_cache(maxsize=1)
def _from_ldm() -> dict[str, str]:
    """LDM's names of SDXL's layers to diffusers' paths; full size has every smaller model's."""
    return {name: path for path, name in _to_ldm().items()}


@lru_cache(maxsize=1)
def _to_ldm() -> dict[str, str]:
    layout = FULL_SIZE["sdxl"]
    pairs = zip(ldm_layers(layout), diffusers_layers(layout), strict=True)
    return {path: f"lora_unet_{ldm.replace('.', '_')}" for ldm, path in pairs}

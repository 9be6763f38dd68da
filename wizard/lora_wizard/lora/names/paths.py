"""One layer's name, whoever wrote it, as the part of the model and a path in diffusers. Pure.

sd-scripts joins the steps of a path by underscores, all others by dots; peft, ComfyUI and
OneTrainer put names of their own in front; ComfyUI, OneTrainer and SDXL's kohya files name the
U-Net's blocks by LDM's numbering.
"""

import re
from dataclasses import dataclass
from typing import Literal

from lora_wizard.lora.names.ldm import ROOTS as LDM_ROOTS
from lora_wizard.lora.names.ldm import from_ldm

PartName = Literal["unet", "text_encoder", "text_encoder_2", "other"]
Naming = Literal["kohya", "diffusers", "PEFT", "ComfyUI", "OneTrainer", "LyCORIS", "other"]

PREFIXES: dict[PartName, str] = {
    "unet": "lora_unet_",
    "text_encoder": "lora_te_",
    "text_encoder_2": "lora_te2_",
}
"""How canonical names begin."""
_WRAPPERS = ("module.", "_orig_mod.")
"""What data-parallel and compiled models put in front of every name."""
_PEFT = "base_model.model."
_STARTS: tuple[tuple[str, PartName, Naming], ...] = (
    ("lora_unet_", "unet", "kohya"),
    ("lora_te_", "text_encoder", "kohya"),
    ("lora_te1_", "text_encoder", "kohya"),
    ("lora_te2_", "text_encoder_2", "kohya"),
    ("lycoris_", "unet", "LyCORIS"),
    ("lora_unet.", "unet", "OneTrainer"),
    ("lora_te.", "text_encoder", "OneTrainer"),
    ("lora_te1.", "text_encoder", "OneTrainer"),
    ("lora_te2.", "text_encoder_2", "OneTrainer"),
    ("clip_l.", "text_encoder", "OneTrainer"),
    ("clip_h.", "text_encoder", "OneTrainer"),
    ("clip_g.", "text_encoder_2", "OneTrainer"),
    ("unet.", "unet", "diffusers"),
    ("text_encoder.", "text_encoder", "diffusers"),
    ("text_encoder_1.", "text_encoder", "diffusers"),
    ("text_encoder_2.", "text_encoder_2", "diffusers"),
    ("model.diffusion_model.", "unet", "ComfyUI"),
    ("diffusion_model.", "unet", "ComfyUI"),
    ("text_encoders.clip_l.", "text_encoder", "ComfyUI"),
    ("text_encoders.clip_h.", "text_encoder", "ComfyUI"),
    ("text_encoders.clip_g.", "text_encoder_2", "ComfyUI"),
)
_ROOTS = ("down_blocks", "mid_block", "up_blocks", "conv_in", "conv_out", "time_embedding",
          "add_embedding", *LDM_ROOTS)  # fmt: skip
_LDM_FLAT = tuple(f"{root}_" for root in LDM_ROOTS)
_TEXT_ROOTS = ("text_model.", "encoder.layers.", "text_projection")
_OLD_TEXT = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}

_STEP = re.compile(
    r"(down_blocks|up_blocks|mid_block|attentions|resnets|downsamplers|upsamplers|"
    r"transformer_blocks|proj_in|proj_out|attn[12]|to_[qkv]|to_out|ff|net|conv[12]|"
    r"conv_shortcut|time_emb_proj|conv|proj|\d+)(?=_|$)"
)
_TRANSFORMER = r"transformer_blocks_\d{1,3}_(?:attn[12]_to_(?:[qkv]|out_0)|ff_net_(?:0_proj|2))"
_UNET = re.compile(
    r"(?:(?:down|up)_blocks_\d{1,2}|mid_block)_"
    rf"(?:attentions_\d{{1,2}}_(?:proj_in|proj_out|{_TRANSFORMER})|"
    r"resnets_\d{1,2}_(?:conv[12]|conv_shortcut|time_emb_proj))|"
    r"(?:down_blocks_\d{1,2}_down|up_blocks_\d{1,2}_up)samplers_0_conv"
)
_OUTSIDE = {
    "conv_in": "conv_in",
    "conv_out": "conv_out",
    "time_embedding_linear_1": "time_embedding.linear_1",
    "time_embedding_linear_2": "time_embedding.linear_2",
    "add_embedding_linear_1": "add_embedding.linear_1",
    "add_embedding_linear_2": "add_embedding.linear_2",
}
TEXT = re.compile(
    r"lora_te(2|)_text_model_encoder_layers_(\d+)_(self_attn|mlp)_"
    r"((?:q|k|v|out)_proj|fc1|fc2)"
)
"""A layer of a text encoder by its canonical name."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer lies, as far as its own name tells."""

    part: PartName
    flat: str
    """Its path below that part with underscores for dots, in diffusers' or LDM's world."""
    naming: Naming
    is_wrapped: bool = False
    """Whether names of data-parallel or compiled models stand in front."""
    is_bare: bool = False
    """Whether nothing says which text encoder it is of."""


def place_of(layer: str) -> Place | None:
    """Where a layer of a file lies; None where the name is of no part of Stable Diffusion."""
    inner, wrapped, peft = _unwrapped(layer)
    for start, part, naming in _STARTS:
        if inner.startswith(start):
            path = inner.removeprefix(start)
            dotted = start.endswith(".")
            flat = _unet(path, dotted=dotted) if part == "unet" else _text(path)
            if naming == "diffusers" and flat.startswith(_LDM_FLAT):
                naming = "OneTrainer"
            return Place(part, flat, "PEFT" if peft else naming, wrapped)
    if inner.split(".")[0] in _ROOTS and "." in inner:
        return Place("unet", _unet(inner, dotted=True), "PEFT", wrapped)
    if inner.startswith(_TEXT_ROOTS):
        return Place("text_encoder", _text(inner), "PEFT", wrapped, is_bare=True)
    return None


def canonical(place: Place, run: int, *, bare_is_second: bool = False) -> str:
    """The canonical name of a layer.

    Args:
        place: As `place_of` finds it.
        run: Blocks of a level in LDM's numbering, sampler included; 3 in published models.
        bare_is_second: Whether text layers without the encoder's name are of SDXL's second.
    """
    part = place.part
    if part == "unet":
        return PREFIXES[part] + (from_ldm(place.flat, run) or place.flat)
    if place.is_bare and bare_is_second:
        part = "text_encoder_2"
    return PREFIXES[part] + place.flat


def part_of(name: str) -> PartName:
    """The part of the model that a layer with this canonical name is in."""
    return next((part for part, start in PREFIXES.items() if name.startswith(start)), "other")


def is_layer(name: str) -> bool:
    """Whether a canonical name can be one of a Stable Diffusion model's layers."""
    if part_of(name) == "unet":
        return spelt_out(name.removeprefix(PREFIXES["unet"])) is not None
    return bool(TEXT.fullmatch(name)) or name == f"{PREFIXES['text_encoder_2']}text_projection"


def spelt_out(flat: str) -> str | None:
    """A path of a U-Net's layer from its steps joined by underscores, which some steps hold too."""
    if flat in _OUTSIDE:
        return _OUTSIDE[flat]
    return ".".join(_STEP.findall(flat)) if _UNET.fullmatch(flat) else None


def _unwrapped(layer: str) -> tuple[str, bool, bool]:
    """The name without what wraps a model, and whether that, or peft, stood in front."""
    wrapped = peft = False
    while True:
        if layer.startswith(_WRAPPERS):
            layer, wrapped = layer.split(".", 1)[1], True
        elif layer.startswith(_PEFT):
            layer, peft = layer.removeprefix(_PEFT), True
        else:
            return layer, wrapped, peft


def _unet(path: str, *, dotted: bool) -> str:
    """As it is today: not through processors, and not by the names of attention's own."""
    if dotted:
        path = path.replace(".processor.", ".").replace(".module.", ".")
    flat = path.replace(".", "_")
    return f"{flat}_0" if flat.endswith("_to_out") else flat


def _text(path: str) -> str:
    path = path.removeprefix("transformer.")
    head, dot, last = path.rpartition(".")
    if dot:
        path = f"{head}.{_OLD_TEXT.get(last, last)}"
    flat = path.replace(".", "_")
    return f"text_model_{flat}" if flat.startswith("encoder_layers_") else flat

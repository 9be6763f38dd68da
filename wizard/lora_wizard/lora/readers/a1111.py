"""A1111's web UI and Forge: rewrite a file's name to LDM's by rules, and look that up.

A name that leads nowhere goes to the debug log only. SD2's and SDXL's second text encoder are
OpenCLIP models there, whose attention keeps q, k and v in one matrix: the three are found through
the attention itself. Source: the behaviour of `extensions-builtin/Lora/networks.py`.
"""

import re
from collections.abc import Callable, Iterator

from lora_wizard.lora.readers.layout import RESIDUAL, TEXT_LAYER, Layout, ldm_layers

_INNER = {kind: path.replace(".", "_") for kind, path in RESIDUAL.items()}
_OPEN_CLIP = {"mlp_fc1": "mlp_c_fc", "mlp_fc2": "mlp_c_proj"}
_IN_ONE = re.compile(r"(.*)_[qkv]_proj")
_RUN = 3
"""Blocks of a level, sampler included. It is fixed there: two residual blocks a level."""

_UNET = re.compile(
    r"lora_unet_(?:(down|up)_blocks_(\d+)|(mid)_block)_(attentions|resnets)_(\d+)_(.+)"
)
_SAMPLER = re.compile(r"lora_unet_(?:down_blocks_(\d+)_(down)|up_blocks_(\d+)_(up))samplers_0_conv")
_TEXT = re.compile(r"lora_te(1|2|)_text_model_encoder_layers_(\d+)_(.+)")


def a1111(layout: Layout) -> Callable[[str], str | None]:
    """The reader for a model."""
    known = {f"diffusion_model_{path.replace('.', '_')}" for path in ldm_layers(layout)}
    known |= set(_text_modules(layout))

    def find(name: str) -> str | None:
        key = _rewritten(name, layout)
        if key in known:
            return key
        in_one = _IN_ONE.fullmatch(key)
        return key if in_one is not None and in_one[1] in known else None

    return find


def _rewritten(name: str, layout: Layout) -> str:
    if found := _UNET.fullmatch(name):
        return _unet(*found.groups())
    if found := _SAMPLER.fullmatch(name):
        if found[2]:
            return f"diffusion_model_input_blocks_{_RUN + int(found[1]) * _RUN}_0_op"
        block = int(found[3])
        place = 2 if block > 0 else 1
        return f"diffusion_model_output_blocks_{_RUN - 1 + block * _RUN}_{place}_conv"
    if found := _TEXT.fullmatch(name):
        return _text(found[1], int(found[2]), found[3], layout)
    return name.replace("lora_unet_", "diffusion_model_", 1)


def _unet(way: str | None, level: str | None, mid: str | None, kind: str, number: str,
          inner: str) -> str:  # fmt: skip
    attends = kind == "attentions"
    rest = inner if attends else _INNER.get(inner, inner)
    if mid:
        return f"diffusion_model_middle_block_{1 if attends else int(number) * 2}_{rest}"
    block = int(level or 0) * _RUN + int(number) + (1 if way == "down" else 0)
    side = "input" if way == "down" else "output"
    return f"diffusion_model_{side}_blocks_{block}_{1 if attends else 0}_{rest}"


def _text(which: str, layer: int, kind: str, layout: Layout) -> str:
    if layout.family == "sdxl":
        if which == "2":
            return f"1_model_transformer_resblocks_{layer}_{_open_clip(kind)}"
        return f"0_transformer_text_model_encoder_layers_{layer}_{kind}"
    if layout.family == "sd2":
        return f"model_transformer_resblocks_{layer}_{_open_clip(kind)}"
    return f"transformer_text_model_encoder_layers_{layer}_{kind}"


def _open_clip(kind: str) -> str:
    return _OPEN_CLIP.get(kind, kind.replace("self_attn", "attn"))


def _text_modules(layout: Layout) -> Iterator[str]:
    """The modules of the text encoders, by the web UI's names."""
    first, *second = layout.text_layers
    if layout.family == "sd2":
        yield from _open_clip_modules("model", first)
        return
    prefix = "0_transformer" if layout.family == "sdxl" else "transformer"
    for number in range(first):
        for kind in TEXT_LAYER:
            yield f"{prefix}_text_model_encoder_layers_{number}_{kind.replace('.', '_')}"
    for layers in second:
        yield from _open_clip_modules("1_model", layers)


def _open_clip_modules(prefix: str, layers: int) -> Iterator[str]:
    for number in range(layers):
        for kind in ("attn", "attn_out_proj", "mlp_c_fc", "mlp_c_proj"):
            yield f"{prefix}_transformer_resblocks_{number}_{kind}"

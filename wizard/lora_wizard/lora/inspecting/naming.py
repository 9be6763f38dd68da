"""By which method and for which family a file was made, told from its tensors' names and shapes.

Sources: sd-scripts (`networks/lora.py`), LyCORIS' and peft's names, diffusers' `save_lora_weights`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from lora_wizard.lora.readers.layout import Family

Shapes = Mapping[str, tuple[int, ...]]
PartName = Literal["unet", "text_encoder", "text_encoder_2", "other"]

METHODS: tuple[tuple[str, str], ...] = (
    (".dora_scale", "DoRA"),
    (".lora_magnitude_vector", "DoRA"),
    (".hada_w1", "LoHa"),
    (".lokr_w1", "LoKr"),
    (".boft_", "BOFT"),
    (".oft_", "OFT"),
    (".on_input", "(IA)³"),
    (".a1.weight", "GLoRA"),
    (".lora_mid.", "LoCon (Tucker)"),
    (".w_norm", "norms"),
    (".diff", "full difference"),
)
"""Parts of names and the method that they stand for, the telling ones first."""

_DOWN = re.compile(r"(.+?)(?:\.lora_down|\.lora_A|\.lora\.down|_lora\.down)(?:\.default)?\.weight")
_CONTEXT = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
_OTHER_FAMILIES = (
    ("double_blocks", "Flux"),
    ("single_transformer_blocks", "Flux"),
    ("joint_blocks", "Stable Diffusion 3"),
    ("lora_prior_unet", "Stable Cascade"),
)
_LDM = ("input_blocks", "output_blocks", "middle_block")


def method_of(shapes: Shapes) -> str:
    """`LoRA`, `LoCon` (a LoRA in 3x3 convolutions too), another method, or an empty text."""
    for mark, method in METHODS:
        if any(mark in name for name in shapes):
            return method
    down = [shape for _, shape in downs(shapes)]
    if not down:
        return ""
    return "LoCon" if any(len(shape) == 4 and shape[2] > 1 for shape in down) else "LoRA"


def naming_of(names: Collection[str]) -> Literal["kohya", "diffusers", "LyCORIS", "other"]:
    """Whose names a file has."""
    if all(name.startswith(("lora_te", "lora_unet_")) for name in names):
        return "kohya"
    if all(name.startswith("lycoris_") for name in names):
        return "LyCORIS"
    if all(name.startswith(("unet.", "text_encoder.", "text_encoder_2.")) for name in names):
        return "diffusers"
    return "other"


def family_of(shapes: Shapes) -> Family | str | None:
    """`sd1`, `sd2` or `sdxl`; the name of a family that is not trained here; None where unknown.

    The width of the text that the UNet attends to tells it; a file for text encoders alone is
    told by their widths. Small models of one text encoder count as SD1, as when they are loaded.
    """
    for mark, family in _OTHER_FAMILIES:
        if any(mark in name for name in shapes):
            return family
    named = {layer: part_of(layer) for layer in layers(shapes)}
    if not set(named.values()) & {"unet", "text_encoder", "text_encoder_2"}:
        return None
    if "text_encoder_2" in named.values():
        return "sdxl"
    widths = context_widths(shapes)
    found = {_CONTEXT[width] for width in widths if width in _CONTEXT}
    if len(found) == 1:
        return found.pop()
    if any(f"_{mark}_" in layer for layer in named for mark in _LDM):
        return "sdxl"
    if any(layer.startswith("lora_te1_") for layer in named):
        return "sdxl"
    text = {shape[1] for layer, shape in downs(shapes) if layer.endswith(("mlp_fc1", "mlp.fc1"))}
    if not widths and text == {1024}:
        return "sd2"
    # As a base of unusual width counts as SD1 where it has one text encoder, so does its LoRA.
    return "sd1"


def context_widths(shapes: Shapes) -> set[int]:
    """Widths of the text states that the adapted UNet reads; empty where no such layer is."""
    return {shape[1] for layer, shape in downs(shapes) if _attends_to_text(layer)}


def is_small(shapes: Shapes) -> bool:
    """Whether it is for a model of unusual width, such as the small one that comes along."""
    return bool(context_widths(shapes)) and not context_widths(shapes) & _CONTEXT.keys()


def layers(shapes: Shapes) -> list[str]:
    """The layers that the tensors belong to, in order; the part of a name before the method's."""
    return list(dict.fromkeys(_layer(name) for name in shapes))


def downs(shapes: Shapes) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each layer with the shape of its A."""
    for name, shape in shapes.items():
        if found := _DOWN.fullmatch(name):
            yield found[1], shape


def part_of(layer: str) -> PartName:
    """The part of the model that a layer is in."""
    if layer.startswith(("lora_te2_", "text_encoder_2.")):
        return "text_encoder_2"
    if layer.startswith(("lora_te", "text_encoder.")):
        return "text_encoder"
    if layer.startswith(("lora_unet_", "lycoris_", "unet.")):
        return "unet"
    return "other"


def _layer(name: str) -> str:
    if found := _DOWN.fullmatch(name):
        return found[1]
    if name.startswith(("lora_", "lycoris_")):
        return name.split(".", 1)[0]
    return re.split(r"\.lora_[AB]\.|\.lora\.(?:up|down)\.|_lora\.(?:up|down)\.|\.alpha$", name)[0]


def _attends_to_text(layer: str) -> bool:
    return layer.endswith(("attn2_to_k", "attn2.to_k", "attn2.processor.to_k"))

"""For which family a file was made, told from its layers' names and shapes. Pure.

The width of the text that the U-Net attends to tells it. Where a file does not have such a layer,
its other layers tell it as far as they can, and the header where they do not.
"""

import re
from collections.abc import Iterator, Mapping

from lora_wizard.lora.names.listing import Names, Shapes, read_names
from lora_wizard.lora.readers.layout import FULL_SIZE, Family

FAMILIES: tuple[Family, ...] = tuple(FULL_SIZE)
_CONTEXT: dict[int, Family] = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
_OTHERS = (
    ("double_blocks", "Flux"),
    ("single_transformer_blocks", "Flux"),
    ("joint_blocks", "Stable Diffusion 3"),
    ("lora_prior_unet", "Stable Cascade"),
)
_OF_SDXL = re.compile(r"lora_te2_|lora_unet_(?:add_embedding|.*_transformer_blocks_[1-9])_")
_BEFORE_SDXL = re.compile(r"lora_unet_(?:down_blocks_0_attentions|(?:down|up)_blocks_3)_")
"""Layers that SDXL does not have."""
_KOHYA_LDM = re.compile(r"lora_unet_(?:input_blocks|middle_block|output_blocks)_")
"""sd-scripts names the U-Net so for SDXL alone."""


def family_of(
    shapes: Shapes,
    metadata: Mapping[str, str] | None = None,
    names: Names | None = None,
    *,
    guess: bool = True,
) -> Family | str | None:
    """`sd1`, `sd2` or `sdxl`; the name of a family that is not trained here; None where unknown.

    Small models of one text encoder count as SD1, as when they are loaded, unless the header says
    SD2.

    Args:
        shapes: Of the file's tensors.
        metadata: Its header; asked only where layers leave it open.
        names: As `read_names` finds them, where that is done already.
        guess: Whether layers that several families have count as SD1's; else they are unknown.
    """
    for mark, family in _OTHERS:
        if any(mark in name for name in shapes):
            return family
    names = names or read_names(shapes)
    if not names.written:
        return None
    if any(_OF_SDXL.match(name) for name in names.written):
        return "sdxl"
    widths = context_widths(shapes, names)
    found = {_CONTEXT[width] for width in widths if width in _CONTEXT}
    if len(found) == 1:
        return found.pop()
    if any(_KOHYA_LDM.match(layer) for layer in names.written.values()):
        return "sdxl"
    if widths:
        # As a base of unusual width counts as SD1 where it has one text encoder, so does its LoRA.
        return "sd2" if (metadata or {}).get("ss_v2") == "True" else "sd1"
    return _by_the_rest(shapes, names, metadata or {}) or ("sd1" if guess else None)


def context_widths(shapes: Shapes, names: Names) -> set[int]:
    """Widths of the text states that the adapted U-Net reads; empty where no such layer is."""
    return {
        width for name, width in _inputs(shapes, names)
        if name.startswith("lora_unet_") and name.endswith(("attn2_to_k", "attn2_to_v"))
    }  # fmt: skip


def is_small(shapes: Shapes, names: Names) -> bool:
    """Whether it is for a model of unusual width, such as the small one that comes along."""
    widths = context_widths(shapes, names)
    return bool(widths) and not widths & _CONTEXT.keys()


def _by_the_rest(shapes: Shapes, names: Names, metadata: Mapping[str, str]) -> Family | None:
    """The family where text and U-Net do not meet in a layer of the file."""
    text = {width for name, width in _inputs(shapes, names) if name.endswith("mlp_fc1")}
    if text == {1024}:
        return "sd2"
    told = metadata.get("ss_base_model_version", "")
    before_sdxl = any(map(_BEFORE_SDXL.match, names.written))
    if told.startswith("sdxl") and not before_sdxl:
        return "sdxl"
    if metadata.get("ss_v2") == "True" and not text:
        return "sd2"
    return "sd1" if told.startswith("sd_v1") else None


def _inputs(shapes: Shapes, names: Names) -> Iterator[tuple[str, int]]:
    """Canonical names with the width of what goes into the layer."""
    for name, keys in names.layers.items():
        shape = shapes[keys["down"]] if "down" in keys else ()
        if len(shape) > 1:
            yield name, shape[1]

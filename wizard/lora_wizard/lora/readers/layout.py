"""Which layers a Stable Diffusion model has, under the names of both of its worlds.

The checkpoint's world (LDM) numbers blocks through from the input to the output; diffusers' world
names levels. Widths and depths are data here; no model is built. Source: the block layout of the
`latent-diffusion` and `generative-models` UNets (`openaimodel.py`), and diffusers' of the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from torch import nn

from lora_wizard.lora.targets import is_sdxl

Family = Literal["sd1", "sd2", "sdxl"]

_TRANSFORMER = tuple(
    f"transformer_blocks.{{number}}.{rest}"
    for rest in (
        *(f"attn{which}.to_{kind}" for which in (1, 2) for kind in ("q", "k", "v", "out.0")),
        "ff.net.0.proj",
        "ff.net.2",
    )
)
TEXT_LAYER = (
    *(f"self_attn.{kind}_proj" for kind in ("q", "k", "v", "out")),
    "mlp.fc1",
    "mlp.fc2",
)
"""The layers of one block of a CLIP text model, as Hugging Face names them."""
RESIDUAL = {
    "conv1": "in_layers.2",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
"""diffusers' names of a residual block's layers, and LDM's."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A model's blocks."""

    family: Family
    widths: tuple[int, ...]
    """Channels of each level of the UNet, the finest first."""
    depths: tuple[int, ...]
    """Transformer blocks of an attention in each level; 0 where it has none."""
    middle_depth: int
    residual_blocks: int
    """Of each level on the way down; on the way up there is one more."""
    text_layers: tuple[int, ...]
    """Of each text encoder."""

    @property
    def levels(self) -> int:
        return len(self.widths)

    @property
    def is_numbered_in_threes(self) -> bool:
        """Whether each level is two residual blocks and a sampler, as in all published models."""
        return self.residual_blocks == 2

    def shortcut(self, level: int, number: int, *, up: bool) -> bool:
        """Whether a residual block changes the width, and so has a layer for its shortcut."""
        return up or (number == 0 and level > 0 and self.widths[level] != self.widths[level - 1])


FULL_SIZE: Mapping[Family, Layout] = {
    "sd1": Layout("sd1", (320, 640, 1280, 1280), (1, 1, 1, 0), 1, 2, (12,)),
    "sd2": Layout("sd2", (320, 640, 1280, 1280), (1, 1, 1, 0), 1, 2, (24,)),
    "sdxl": Layout("sdxl", (320, 640, 1280), (0, 2, 10), 10, 2, (12, 32)),
}
"""The published models. SD2's text encoder has 24 layers, of which 23 are used."""


def layout_of(unet: nn.Module, text_encoders: Sequence[nn.Module], *, sd2: bool = False) -> Layout:
    """The layout of a model at hand, by its configuration.

    Args:
        unet: A diffusers `UNet2DConditionModel`.
        text_encoders: CLIP text models.
        sd2: Whether a model with one text encoder is of the second family: its shapes need not say.
    """
    config: Any = unet.config
    attends = ["CrossAttn" in kind for kind in config["down_block_types"]]
    per_block = config["transformer_layers_per_block"]
    given = [per_block] * len(attends) if isinstance(per_block, int) else list(per_block)
    layers = config["layers_per_block"]
    return Layout(
        family="sdxl" if is_sdxl(unet) else "sd2" if sd2 else "sd1",
        widths=tuple(config["block_out_channels"]),
        depths=tuple(depth if here else 0 for depth, here in zip(given, attends, strict=True)),
        middle_depth=given[-1],
        residual_blocks=layers if isinstance(layers, int) else layers[0],
        text_layers=tuple(_text_config(encoder).num_hidden_layers for encoder in text_encoders),
    )


def ldm_layers(layout: Layout) -> Iterator[str]:
    """Paths below `model.diffusion_model.` of what a LoRA or LoCon can adapt."""
    run = layout.residual_blocks + 1
    last = layout.levels - 1
    for level in range(layout.levels):
        for number in range(layout.residual_blocks):
            block = f"input_blocks.{run * level + number + 1}"
            yield from _residual(layout, level, number, f"{block}.0", up=False)
            yield from _transformer(f"{block}.1", layout.depths[level])
        if level < last:
            yield f"input_blocks.{run * (level + 1)}.0.op"
    for place in (0, 2):
        yield from (f"middle_block.{place}.{each}" for each in list(RESIDUAL.values())[:3])
    yield from _transformer("middle_block.1", layout.middle_depth)
    for step, level in enumerate(reversed(range(layout.levels))):
        for number in range(run):
            block = f"output_blocks.{run * step + number}"
            yield from _residual(layout, level, number, f"{block}.0", up=True)
            yield from _transformer(f"{block}.1", layout.depths[level])
        if level > 0:
            place = 2 if layout.depths[level] else 1
            yield f"output_blocks.{run * step + run - 1}.{place}.conv"


def diffusers_layers(layout: Layout) -> Iterator[str]:
    """The same layers as diffusers names them."""
    for level in range(layout.levels):
        block = f"down_blocks.{level}"
        yield from _diffusers_block(layout, block, level, layout.residual_blocks, up=False)
        if level < layout.levels - 1:
            yield f"{block}.downsamplers.0.conv"
    for number in (0, 1):
        yield from (f"mid_block.resnets.{number}.{each}" for each in list(RESIDUAL)[:3])
    yield from _transformer("mid_block.attentions.0", layout.middle_depth)
    for step, level in enumerate(reversed(range(layout.levels))):
        block = f"up_blocks.{step}"
        yield from _diffusers_block(layout, block, level, layout.residual_blocks + 1, up=True)
        if level > 0:
            yield f"{block}.upsamplers.0.conv"


def _diffusers_block(
    layout: Layout, block: str, level: int, count: int, *, up: bool
) -> Iterator[str]:
    for number in range(count):
        kinds = list(RESIDUAL) if layout.shortcut(level, number, up=up) else list(RESIDUAL)[:3]
        yield from (f"{block}.resnets.{number}.{kind}" for kind in kinds)
        yield from _transformer(f"{block}.attentions.{number}", layout.depths[level])


def _residual(layout: Layout, level: int, number: int, block: str, *, up: bool) -> Iterator[str]:
    kinds = list(RESIDUAL.values())
    if not layout.shortcut(level, number, up=up):
        kinds = kinds[:3]
    yield from (f"{block}.{kind}" for kind in kinds)


def _transformer(place: str, depth: int) -> Iterator[str]:
    if not depth:
        return
    yield from (f"{place}.proj_in", f"{place}.proj_out")
    for number in range(depth):
        yield from (f"{place}.{each.format(number=number)}" for each in _TRANSFORMER)


def _text_config(encoder: nn.Module) -> Any:
    return encoder.config

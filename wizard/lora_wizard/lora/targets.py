"""Which layers a LoRA adapts, and what the kohya file format calls them.

The names are the file format's, whatever the installed libraries call their modules: other
programs find a layer by its name alone and pass over, without a word, what they do not know.
So it refuses to guess: a model whose modules cannot be named is an error.

Source: sd-scripts `networks/lora.py` (targets, prefixes) and the diffusers-to-LDM block map.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from torch import nn

from lora_wizard.errors import ModelError
from lora_wizard.lora.ldm_names import ldm_path
from lora_wizard.lora.pixelwise import PROJECTIONS

Part = Literal["unet", "text_encoder"]
Parts = Literal["both", "unet", "text_encoder"]
Layer = nn.Linear | nn.Conv2d

SECOND_ENCODER = "lora_te2_"
"""How the names of SDXL's second text encoder's layers begin."""
ATTENTION = frozenset({"Transformer2DModel"})
CONVOLUTION = frozenset({"ResnetBlock2D", "Downsample2D", "Upsample2D"})
TEXT = frozenset({"CLIPAttention", "CLIPSdpaAttention", "CLIPFlashAttention2", "CLIPMLP"})


@dataclass(frozen=True, slots=True)
class Target:
    """A layer of the base model that can be adapted."""

    name: str
    """What the file calls it, such as `lora_te_text_model_encoder_layers_0_mlp_fc1`."""
    canonical: str
    """What `lora.names` calls it, whatever a file does."""
    part: Part
    layer: Layer
    block: str | None = None
    """The U-Net's block by LDM's numbering, such as `input_4` or `middle_1`; None elsewhere."""

    @property
    def is_spatial(self) -> bool:
        """Whether it mixes neighbouring pixels: such layers take the convolution rank."""
        return isinstance(self.layer, nn.Conv2d) and self.layer.kernel_size != (1, 1)

    @property
    def is_convolution_in_file(self) -> bool:
        """Whether a file has it as a 1x1 convolution, though the model has it as a linear layer.

        sd-scripts keeps SD2's projections so, and its network loads no other shape.
        """
        return (
            isinstance(self.layer, nn.Linear)
            and self.part == "unet"
            and self.name == self.canonical  # SDXL, where they are linear, has another name
            and self.name.endswith(PROJECTIONS)
        )


def find_targets(
    unet: nn.Module,
    text_encoders: Sequence[nn.Module],
    *,
    parts: Parts = "both",
    convolutions: bool = False,
) -> tuple[Target, ...]:
    """The layers that sd-scripts adapts by default, text encoders first.

    Args:
        unet: A diffusers `UNet2DConditionModel`.
        text_encoders: One CLIP text model, or the two of SDXL in their order.
        parts: Which of them to look at.
        convolutions: Also the residual blocks and samplers (LoCon).

    Raises:
        ModelError: There is nothing to adapt, or a text encoder is not a CLIP text model.
    """
    unet_classes = ATTENTION | CONVOLUTION if convolutions else ATTENTION
    found: list[Target] = []
    if parts != "unet":
        found += _inside(text_encoder_layers(text_encoders), text_encoders, TEXT)
    if parts != "text_encoder":
        inside = _inside(unet_layers(unet), [unet], unet_classes)
        found += [target for target in inside if convolutions or not target.is_spatial]
    if not found:
        raise ModelError(
            "has no layer that a LoRA could adapt",
            where=type(unet).__name__,
            fix="The base must be a Stable Diffusion 1, 2 or XL model",
        )
    return tuple(found)


def unet_layers(unet: nn.Module) -> Iterator[Target]:
    """Every linear and convolution layer of a U-Net, with its names in a file."""
    sdxl = is_sdxl(unet)
    layers_per_block = _setting(unet, "layers_per_block")
    with_attention = frozenset(
        path.split(".attentions.")[0] for path, _ in unet.named_modules() if ".attentions." in path
    )
    for path, module in unet.named_modules():
        if not isinstance(module, nn.Linear | nn.Conv2d):
            continue
        plain = _joined("lora_unet", path)
        original = path
        if isinstance(layers_per_block, int):
            original = ldm_path(path, layers_per_block, with_attention)
        ldm = _joined("lora_unet", original) if sdxl else plain
        yield Target(ldm, plain, "unet", module, _block(original))


def text_encoder_layers(text_encoders: Sequence[nn.Module]) -> Iterator[Target]:
    """Every linear layer of the text encoders, with its names in a file.

    transformers 5.6 dropped `text_model` from the paths of `CLIPTextModel`; the file keeps it.
    """
    alone = len(text_encoders) == 1
    for number, encoder in enumerate(text_encoders, start=1):
        prefix = "lora_te" if alone else f"lora_te{number}"
        for path, module in encoder.named_modules():
            if not isinstance(module, nn.Linear):
                continue
            inner = path.removeprefix("text_model.")
            if inner.startswith("encoder."):
                inner = f"text_model.{inner}"
            canonical = _joined("lora_te" if number == 1 else f"lora_te{number}", inner)
            yield Target(_joined(prefix, inner), canonical, "text_encoder", module)


def is_sdxl(unet: nn.Module) -> bool:
    """Whether it is an SDXL U-Net: the one that is told the picture's size and crop."""
    return _setting(unet, "addition_embed_type") == "text_time"


def _inside(
    layers: Iterator[Target], models: Sequence[nn.Module], classes: frozenset[str]
) -> list[Target]:
    wanted = {
        id(layer)
        for model in models
        for block in model.modules()
        if type(block).__name__ in classes
        for layer in block.modules()
    }
    return [target for target in layers if id(target.layer) in wanted]


def _setting(model: nn.Module, name: str) -> object:
    config = getattr(model, "config", None)
    return config.get(name) if isinstance(config, Mapping) else getattr(config, name, None)


def _block(ldm: str) -> str | None:
    """`input_4` of `input_blocks.4.1.proj_in`."""
    side, _, rest = ldm.partition(".")
    if side not in ("input_blocks", "middle_block", "output_blocks"):
        return None
    return f"{side.partition('_')[0]}_{rest.partition('.')[0]}"


def _joined(prefix: str, path: str) -> str:
    return f"{prefix}_{path.replace('.', '_')}"

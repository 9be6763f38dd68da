"""How much memory and disk a LoRA's training takes, counted from the model's shape. Pure.

The numbers of each family were counted on models without weights: parameters, layer sizes, and
the bytes that autograd keeps for the way back (fused attention, bfloat16). Of the memory this is
an estimate from below: the device's own buffers come on top.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lora_wizard.questions import Family
from lora_wizard.recipe import Recipe
from lora_wizard.recipe.optimizing import Optimizer

_FILE_BYTES = {"fp16": 2, "bf16": 2, "fp32": 4}
_REMEMBERED_BYTES: Mapping[Optimizer, int] = {
    "adamw": 8,
    "adamw8bit": 2,
    "lion": 4,
    "lion8bit": 1,
    "adafactor": 0,  # a row and a column of each matrix
    "prodigy": 16,
    "adamw_schedule_free": 8,
}
"""What the optimizer remembers of a learned number."""
_RECOMPUTED_SHARE = 0.2
"""With gradient checkpointing, what one block keeps while it is computed again."""
_HEAD_BYTES = 300
"""A layer's entries in a file's head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A family in numbers."""

    unet: int
    """Parameters of the U-Net."""
    text_encoders: int
    """Parameters of the text encoders."""
    unet_per_rank: int
    """Learned numbers in the U-Net for each rank: inputs and outputs of the adapted layers."""
    text_per_rank: int
    """The same in the text encoders."""
    pointwise_per_rank: int
    """What a convolution rank adds at the rank itself: 1x1 convolutions and time embeddings."""
    spatial_per_conv_rank: int
    """What it adds at the convolution rank."""
    layers: int
    kept_per_pixel: int
    """Bytes that a step keeps for each pixel of a picture, in two-byte numbers."""
    checkpointed_per_pixel: int
    """The same with gradient checkpointing, without what is computed again."""
    unet_linear: int
    """Weights in the U-Net's linear layers: what can be kept in fewer bits."""
    text_linear: int
    """The same in the text encoders."""


_QUANTISED_BYTES = {"int8": 1.0, "nf4": 4.5 / 8}
"""A weight in few bits, its share of the scales included."""

SHAPES: Mapping[Family, Shape] = {
    "paperdoll": Shape(
        unet=10_860_676,
        text_encoders=6_730_880,
        unet_per_rank=38_656,
        text_per_rank=4_608,
        pointwise_per_rank=7_168,
        spatial_per_conv_rank=41_600,
        layers=96,
        kept_per_pixel=1_401,
        checkpointed_per_pixel=220,
        unet_linear=4_308_992,
        text_linear=393_216,
    ),
    "sd1": Shape(
        unet=859_520_964,
        text_encoders=123_060_480,
        unet_per_rank=423_936,
        text_per_rank=165_888,
        pointwise_per_rank=82_880,
        spatial_per_conv_rank=544_000,
        layers=264,
        kept_per_pixel=4_257,
        checkpointed_per_pixel=606,
        unet_linear=270_049_280,
        text_linear=84_934_656,
    ),
    "sd2": Shape(
        unet=865_910_724,
        text_encoders=340_387_840,
        unet_per_rank=432_128,
        text_per_rank=423_936,
        pointwise_per_rank=82_880,
        spatial_per_conv_rank=544_000,
        layers=330,
        kept_per_pixel=4_216,
        checkpointed_per_pixel=606,
        unet_linear=301_219_840,
        text_linear=289_406_976,
    ),
    "sdxl": Shape(
        unet=2_567_463_684,
        text_encoders=817_720_320,
        unet_per_rank=2_659_840,
        text_per_rank=903_168,
        pointwise_per_rank=58_560,
        spatial_per_conv_rank=355_840,
        layers=986,
        kept_per_pixel=8_015,
        checkpointed_per_pixel=553,
        unet_linear=2_232_647_680,
        text_linear=715_718_656,
    ),
}


def learned_numbers(recipe: Recipe, family: Family) -> int:
    """How many numbers are learned: what the rank, the parts and the family make of it."""
    shape, network = SHAPES[family], recipe.network
    count = 0
    if network.parts != "text_encoder":
        count += network.rank * shape.unet_per_rank
        if network.conv_rank:
            count += network.rank * shape.pointwise_per_rank
            count += network.conv_rank * shape.spatial_per_conv_rank
    if network.parts != "unet":
        count += network.rank * shape.text_per_rank
    return count


def file_bytes(recipe: Recipe, family: Family) -> int:
    """About the size of one LoRA file."""
    numbers = learned_numbers(recipe, family) * _FILE_BYTES[recipe.saving.precision]
    return numbers + SHAPES[family].layers * _HEAD_BYTES


def state_bytes(recipe: Recipe, family: Family) -> int:
    """About the size of the state that a resumed run goes on from."""
    each = 4 + _REMEMBERED_BYTES[recipe.training.optimizer] + _averaged_bytes(recipe)
    return learned_numbers(recipe, family) * each


def _averaged_bytes(recipe: Recipe) -> int:
    """What the moving average of a learned number takes."""
    return 4 if recipe.training.ema_decay else 0


def memory_bytes(recipe: Recipe, family: Family) -> int:
    """About the device memory of a step: base, learned numbers, and what is kept for the way back.

    `auto` counts as two bytes a number, as on a GPU; the embedded base runs in four on a CPU.
    """
    shape, training = SHAPES[family], recipe.training
    wide = training.precision == "fp32" or (training.precision == "auto" and family == "paperdoll")
    width = 4 if wide else 2
    # Text encoders that are not trained are off the device while steps are taken.
    with_text = recipe.network.parts != "unet"
    base = (shape.unet + (shape.text_encoders if with_text else 0)) * width
    if training.quantise != "none":
        linear = shape.unet_linear + (shape.text_linear if with_text else 0)
        base -= round(linear * (width - _QUANTISED_BYTES[training.quantise]))
    # A learned number: itself and its gradient in fp32, and what the optimizer remembers of it.
    each = 8 + _REMEMBERED_BYTES[training.optimizer] + _averaged_bytes(recipe)
    learned = learned_numbers(recipe, family) * each
    kept = float(shape.kept_per_pixel)
    if training.gradient_checkpointing:
        kept = shape.checkpointed_per_pixel + kept * _RECOMPUTED_SHARE
    pixels = recipe.data.resolution[0] * recipe.data.resolution[1] * training.batch_size
    return base + learned + round(kept * pixels * width / 2)

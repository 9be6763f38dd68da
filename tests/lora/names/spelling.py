"""One layer as each program would name it, written out from the programs' formats.

It asks only the tables of layers that `lora.readers` has for A1111 and ComfyUI, in both worlds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lora_wizard.lora.readers.layout import (
    FULL_SIZE,
    TEXT_LAYER,
    Family,
    diffusers_layers,
    ldm_layers,
)

PEFT, OLD, KOHYA = "peft", "old", "kohya"
ENDINGS = {
    KOHYA: (".lora_down.weight", ".lora_up.weight"),
    PEFT: (".lora_A.weight", ".lora_B.weight"),
    "adapter": (".lora_A.default.weight", ".lora_B.default.weight"),
    OLD: (".lora.down.weight", ".lora.up.weight"),
    "linear": (".lora_linear_layer.down.weight", ".lora_linear_layer.up.weight"),
}


@dataclass(frozen=True)
class Layer:
    """A layer in both worlds."""

    canonical: str
    ldm: str
    """Its path below `model.diffusion_model.`; empty in a text encoder."""
    path: str
    """Its path below its part in diffusers."""
    encoder: int = 0
    """1 or 2 in a text encoder."""


def flat(path: str) -> str:
    return path.replace(".", "_")


def layers_of(family: Family) -> list[Layer]:
    """Every layer of a family that a LoRA or LoCon adapts."""
    layout = FULL_SIZE[family]
    pairs = zip(ldm_layers(layout), diffusers_layers(layout), strict=True)
    found = [Layer(f"lora_unet_{flat(path)}", ldm, path) for ldm, path in pairs]
    for number, count in enumerate(layout.text_layers, start=1):
        prefix = "lora_te" if number == 1 else "lora_te2"
        for block in range(count):
            for kind in TEXT_LAYER:
                path = f"text_model.encoder.layers.{block}.{kind}"
                found.append(Layer(f"{prefix}_{flat(path)}", "", path, number))
    return found


UNET_STYLES = {
    "kohya": ("lora_unet_{flat}", KOHYA),
    "kohya by LDM": ("lora_unet_{ldm_flat}", KOHYA),
    "LyCORIS": ("lycoris_{flat}", KOHYA),
    "diffusers": ("unet.{path}", PEFT),
    "diffusers old": ("unet.{path}", OLD),
    "diffusers linear": ("unet.{path}", "linear"),
    "PEFT": ("base_model.model.{path}", PEFT),
    "PEFT with unet": ("base_model.model.unet.{path}", PEFT),
    "PEFT adapter": ("base_model.model.{path}", "adapter"),
    "bare": ("{path}", PEFT),
    "ComfyUI": ("diffusion_model.{ldm}", PEFT),
    "ComfyUI down": ("diffusion_model.{ldm}", KOHYA),
    "checkpoint": ("model.diffusion_model.{ldm}", PEFT),
    "OneTrainer": ("lora_unet.{path}", KOHYA),
    "OneTrainer by LDM": ("unet.{ldm}", KOHYA),
    "parallel": ("module.lora_unet_{flat}", KOHYA),
    "compiled": ("_orig_mod.unet.{path}", PEFT),
}
TEXT_STYLES = {
    "kohya": (("lora_te_{flat}", "lora_te2_{flat}"), KOHYA),
    "kohya te1": (("lora_te1_{flat}", "lora_te2_{flat}"), KOHYA),
    "diffusers": (("text_encoder.{path}", "text_encoder_2.{path}"), PEFT),
    "transformers 5": (("text_encoder.{short}", "text_encoder_2.{short}"), PEFT),
    "PEFT": (
        ("base_model.model.text_encoder.{path}", "base_model.model.text_encoder_2.{path}"), PEFT,
    ),
    "ComfyUI": (
        ("text_encoders.clip_l.transformer.{path}", "text_encoders.clip_g.transformer.{path}"),
        PEFT,
    ),
    "OneTrainer": (("lora_te1.{path}", "lora_te2.{path}"), KOHYA),
    "OneTrainer clip": (("clip_l.{path}", "clip_g.{path}"), KOHYA),
}  # fmt: skip


def spelt(layer: Layer, style: str) -> tuple[str, str]:
    """The layer's name in a style, and whose endings its tensors have."""
    if layer.encoder:
        templates, endings = TEXT_STYLES[style]
        template = templates[layer.encoder - 1]
    else:
        template, endings = UNET_STYLES[style]
    name = template.format(
        path=layer.path,
        flat=flat(layer.path),
        ldm=layer.ldm,
        ldm_flat=flat(layer.ldm),
        short=layer.path.removeprefix("text_model."),
    )
    return name, endings


def tensors(
    layers: Mapping[Layer, tuple[Tensor, Tensor, float]], styles: Mapping[Layer, str]
) -> dict[str, Tensor]:
    """A file's tensors: A, B and alpha of each layer, named in its style.

    Where a style has no alpha, the factors take it up.
    """
    found: dict[str, Tensor] = {}
    for layer, (down, up, alpha) in layers.items():
        name, endings = spelt(layer, styles[layer])
        first, second = ENDINGS[endings]
        with_alpha = endings == KOHYA
        found[f"{name}{first}"] = down
        found[f"{name}{second}"] = up if with_alpha else up * (alpha / down.shape[0])
        if with_alpha:
            found[f"{name}.alpha"] = torch.tensor(alpha)
    return found

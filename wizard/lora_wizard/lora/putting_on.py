"""Putting a LoRA from a file on a model, at a strength, for drawing pictures."""

from collections.abc import Sequence

import torch
from torch import nn

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.lora.file import LoraFile
from lora_wizard.lora.layers import Adapter
from lora_wizard.lora.network import LoraNetwork
from lora_wizard.lora.restoring import SHOWN, named, restore
from lora_wizard.lora.targets import Target, text_encoder_layers, unet_layers


def attach_file(
    unet: nn.Module,
    text_encoders: Sequence[nn.Module],
    lora: LoraFile,
    strength: float = 1.0,
    *,
    text_strength: float | None = None,
) -> LoraNetwork:
    """Puts a file's LoRA on a model in place; further ones may be put on top.

    Ranks and alphas are the file's, layer by layer. Its values are not trained.

    Args:
        unet: A diffusers `UNet2DConditionModel`.
        text_encoders: One CLIP text model, or the two of SDXL in their order.
        lora: As `load_lora` read it.
        strength: The multiplier; 1 as trained. May be negative.
        text_strength: The same for the text encoders; None for `strength`.

    Raises:
        LoraFileError: The LoRA was made for another kind of model; nothing was put on then.
    """
    targets = _by_name(unet, text_encoders)
    modules = lora.modules
    problems = [
        Problem(name, "the model has no such layer", "") for name in modules if name not in targets
    ]
    adapters: dict[str, Adapter] = {}
    for name, module in modules.items():
        if name in targets:
            layer = targets[name].layer
            # Shapes are checked before anything of the layer's size is made.
            if _fits(layer, module.down.shape[1], module.up.shape[0]):
                adapters[name] = Adapter(layer, module.rank, module.alpha)
            else:
                what = f"is for {module.down.shape[1]} inputs and {module.up.shape[0]} outputs"
                has = f"the model's has {layer.weight.shape[1]} and {layer.weight.shape[0]}"
                problems.append(Problem(name, f"{what}, {has}", ""))
    if problems:
        raise _wrong_base(lora, problems)
    restore(adapters, named(modules, {name: name for name in adapters}), partial=False)
    network = LoraNetwork(adapters, targets)
    network.multiplier = strength
    if text_strength is not None:
        for name, adapter in network.modules.items():
            if targets[name].part == "text_encoder":
                adapter.multiplier = text_strength
    network.train(False)
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network


@torch.no_grad()
def fold_in(
    unet: nn.Module,
    text_encoders: Sequence[nn.Module],
    lora: LoraFile,
    strength: float = 1.0,
) -> None:
    """Adds a file's change to the base's own weights, for good: W becomes W + strength s B A.

    Args:
        unet: A diffusers `UNet2DConditionModel` without LoRAs on it.
        text_encoders: One CLIP text model, or the two of SDXL in their order.
        lora: As `load_lora` read it.
        strength: The multiplier; 1 as trained.

    Raises:
        LoraFileError: The LoRA was made for another kind of model; nothing was changed then.
    """
    network = attach_file(unet, text_encoders, lora, strength)  # it checks names and shapes
    weights = {name: network.weight(name) for name in network.modules}
    network.detach()
    for name, adapter in network.modules.items():
        weight = weights[name]
        change = adapter.up.flatten(1).double() @ adapter.down.flatten(1).double()
        weight.add_((change * adapter.scale).view(weight.shape).to(weight.dtype))


def _by_name(unet: nn.Module, text_encoders: Sequence[nn.Module]) -> dict[str, Target]:
    """Every layer by its canonical name."""
    layers = [*unet_layers(unet), *text_encoder_layers(text_encoders)]
    return {target.canonical: target for target in layers}


def _fits(layer: nn.Module, inputs: int, outputs: int) -> bool:
    weight = layer.get_parameter("weight")
    return int(weight.shape[1]) == inputs and int(weight.shape[0]) == outputs


def _wrong_base(lora: LoraFile, problems: list[Problem]) -> LoraFileError:
    made_for = lora.metadata.get("ss_base_model_version", "")
    more = len(problems) - SHOWN
    rest = [Problem("", f"and {more} more", "")] if more > 0 else []
    return LoraFileError(
        f"does not fit this base model{f' (it was made for {made_for})' if made_for else ''}",
        where=str(lora.path),
        fix="Use it with a base of the family that it was trained on",
        problems=[*problems[:SHOWN], *rest],
    )

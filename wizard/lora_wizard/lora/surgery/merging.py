"""Several LoRAs as one: the weighted sum of their changes, exactly."""

from collections.abc import Mapping, Sequence

import torch

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.lora.file import LoraFile
from lora_wizard.lora.names import family_of
from lora_wizard.lora.restoring import SHOWN, LoraModule
from lora_wizard.lora.surgery.changes import encoder_of, padded, plain, with_alpha, with_one_alpha

Modules = Mapping[str, LoraModule]


def merge(loras: Sequence[tuple[LoraFile, float]]) -> dict[str, LoraModule]:
    """One LoRA whose change of each layer is the sum of weight times change of each file.

    A layer is one layer whatever each file calls it. Ranks add up: A's lie one below the other,
    B's side by side, so nothing is lost. A layer that only some files have is taken from these
    alone; in a text encoder it is filled up with zeros to the rank of the others (see
    `encoder_of`).

    Args:
        loras: Files with their weights, which may be negative; one at least.

    Returns:
        The layers by their canonical names.

    Raises:
        LoraFileError: The files are for different families, or two have one layer in different
            sizes.
    """
    modules = [lora.modules for lora, _ in loras]
    _refuse_other_models([lora for lora, _ in loras], modules)
    parts: dict[str, list[tuple[LoraModule, float]]] = {}
    for found, (_, weight) in zip(modules, loras, strict=True):
        for name, module in found.items():
            parts.setdefault(name, []).append((module, weight))
    merged = {name: _together(found) for name, found in parts.items()}
    largest: dict[str, int] = {}
    for name, module in merged.items():
        if (encoder := encoder_of(name)) is not None:
            largest[encoder] = max(largest.get(encoder, 0), module.rank)
    return with_one_alpha(
        {
            name: padded(module, largest.get(encoder_of(name) or "", 0))
            for name, module in merged.items()
        }
    )


def common_family(loras: Sequence[LoraFile]) -> str | None:
    """The family of files that can be merged: of those whose layers tell it, else the likely one.

    Args:
        loras: One at least.
    """
    sure = [_family(lora) for lora in loras]
    return next((family for family in sure if family), loras[0].family)


def _together(found: Sequence[tuple[LoraModule, float]]) -> LoraModule:
    """One layer's changes side by side, under the first one's alpha / rank."""
    if len({module.down.ndim for module, _ in found}) > 1:
        # One file has it as a linear layer, another as a 1x1 convolution.
        found = [(plain(module), weight) for module, weight in found]
    ratio = abs(found[0][0].alpha) / found[0][0].rank
    alike = [(with_alpha(module, ratio), weight) for module, weight in found]
    down = torch.cat([module.down.float() for module, _ in alike])
    up = torch.cat([module.up.float() * weight for module, weight in alike], dim=1)
    return LoraModule(down, up, ratio * down.shape[0])


def _refuse_other_models(loras: Sequence[LoraFile], modules: Sequence[Modules]) -> None:
    problems = list(_other_sizes(loras, modules))
    families = {family for lora in loras if (family := _family(lora))}
    names = " and ".join(f"{lora.path.name}{_made_for(lora)}" for lora in loras)
    shared = set.intersection(*(set(found) for found in modules))
    if len(families) > 1:
        problems = [Problem("", f"{names} are of different families", "")]
    elif not problems and not shared and not families and not _one_family(loras):
        problems = [Problem("", f"{names} have no layer in common", "")]
    if problems:
        more = len(problems) - SHOWN
        rest = [Problem("", f"and {more} more", "")] if more > 0 else []
        raise LoraFileError(
            "these LoRAs are for different kinds of models",
            fix="Merge LoRAs of one family: all for SD1, all for SD2 or all for SDXL",
            problems=[*problems[:SHOWN], *rest],
        )


def _other_sizes(loras: Sequence[LoraFile], modules: Sequence[Modules]) -> list[Problem]:
    """Layers whose sizes differ from file to file."""
    seen: dict[str, tuple[tuple[int, ...], LoraFile]] = {}
    problems = []
    for lora, found in zip(loras, modules, strict=True):
        for name, each in found.items():
            module = plain(each)
            size = (*module.up.shape[:1], *module.down.shape[1:])
            known, first = seen.setdefault(name, (size, lora))
            if known != size:
                what = f"is {known} in {first.path.name} and {size} in {lora.path.name}"
                problems.append(Problem(name, what, ""))
    return problems


def _family(lora: LoraFile) -> str | None:
    """The family as far as it is sure."""
    shapes = {name: tuple(tensor.shape) for name, tensor in lora.tensors.items()}
    return family_of(shapes, lora.metadata, guess=False)


def _made_for(lora: LoraFile) -> str:
    """` (sdxl)`: the family by the file's own layers."""
    return f" ({family})" if (family := lora.family) else ""


def _one_family(loras: Sequence[LoraFile]) -> bool:
    """Whether files without a common layer may go together: one for the U-Net, one for the text."""
    versions = {lora.metadata.get("ss_base_model_version") for lora in loras}
    return len(versions) == 1 and None not in versions

"""Several LoRAs as one: the weighted sum of their changes, exactly."""

from collections.abc import Sequence

import torch

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.lora.file import LoraFile
from lora_wizard.lora.inspecting.naming import family_of
from lora_wizard.lora.restoring import SHOWN, LoraModule
from lora_wizard.lora.surgery.changes import encoder_of, padded, with_alpha, with_one_alpha


def merge(loras: Sequence[tuple[LoraFile, float]]) -> dict[str, LoraModule]:
    """One LoRA whose change of each layer is the sum of weight times change of each file.

    Ranks add up: A's lie one below the other, B's side by side, so nothing is lost. A layer that
    only some files have is taken from these alone; in a text encoder it is filled up with zeros to
    the rank of the others (see `encoder_of`).

    Args:
        loras: Files with their weights, which may be negative; one at least.

    Raises:
        LoraFileError: Two files have one layer in different sizes: they are for other models.
    """
    _refuse_other_sizes([lora for lora, _ in loras])
    parts: dict[str, list[tuple[LoraModule, float]]] = {}
    for lora, weight in loras:
        for name, module in lora.modules.items():
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


def _together(found: Sequence[tuple[LoraModule, float]]) -> LoraModule:
    """One layer's changes side by side, under the first one's alpha / rank."""
    ratio = found[0][0].alpha / found[0][0].rank
    alike = [(with_alpha(module, ratio), weight) for module, weight in found]
    down = torch.cat([module.down.float() for module, _ in alike])
    up = torch.cat([module.up.float() * weight for module, weight in alike], dim=1)
    return LoraModule(down, up, ratio * down.shape[0])


def _refuse_other_sizes(loras: Sequence[LoraFile]) -> None:
    seen: dict[str, tuple[tuple[int, ...], LoraFile]] = {}
    problems = []
    for lora in loras:
        for name, module in lora.modules.items():
            size = (*module.up.shape[:1], *module.down.shape[1:])
            known, first = seen.setdefault(name, (size, lora))
            if known != size:
                what = f"is {known} in {first.path.name} and {size} in {lora.path.name}"
                problems.append(Problem(name, what, ""))
    shared = set.intersection(*(set(lora.modules) for lora in loras))
    if not problems and not shared and not _one_family(loras):
        names = " and ".join(f"{lora.path.name}{_made_for(lora)}" for lora in loras)
        problems.append(Problem("", f"{names} have no layer in common", ""))
    if problems:
        more = len(problems) - SHOWN
        rest = [Problem("", f"and {more} more", "")] if more > 0 else []
        raise LoraFileError(
            "these LoRAs are for different kinds of models",
            fix="Merge LoRAs of one family: all for SD1, all for SD2 or all for SDXL",
            problems=[*problems[:SHOWN], *rest],
        )


def _made_for(lora: LoraFile) -> str:
    """` (sdxl)`: the family by the file's own layers."""
    family = family_of({name: tuple(tensor.shape) for name, tensor in lora.tensors.items()})
    return f" ({family})" if family else ""


def _one_family(loras: Sequence[LoraFile]) -> bool:
    """Whether files without a common layer may go together: one for the UNet, one for the text."""
    versions = {lora.metadata.get("ss_base_model_version") for lora in loras}
    return len(versions) == 1 and None not in versions

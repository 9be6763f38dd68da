"""Putting tensors of a file or a checkpoint back into adapted layers, all or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.lora.layers import Adapter

DOWN, UP, ALPHA = "lora_down.weight", "lora_up.weight", "alpha"
"""Last parts of the tensors' names."""
SHOWN = 5
"""How many problems an error lists before it only counts."""


@dataclass(frozen=True, slots=True)
class LoraModule:
    """The change of one layer as a file holds it."""

    down: Tensor
    """A: `(rank, inputs)`, or `(rank, inputs, kernel height, kernel width)`."""
    up: Tensor
    """B: `(outputs, rank)`, or `(outputs, rank, 1, 1)`."""
    alpha: float

    @property
    def rank(self) -> int:
        return int(self.down.shape[0])


def named(modules: Mapping[str, LoraModule], names: Mapping[str, str]) -> dict[str, Tensor]:
    """Layers as tensors under the names that `restore` takes.

    Args:
        modules: By their canonical names.
        names: Canonical name to the one that is wanted; a layer without keeps its own.
    """
    result: dict[str, Tensor] = {}
    for name, module in modules.items():
        wanted = names.get(name, name)
        result[f"{wanted}.{DOWN}"] = module.down
        result[f"{wanted}.{UP}"] = module.up
        result[f"{wanted}.{ALPHA}"] = torch.tensor(module.alpha, dtype=module.down.dtype)
    return result


def restore(
    adapters: Mapping[str, Adapter], tensors: Mapping[str, Tensor], *, partial: bool
) -> None:
    """Copies A and B of a state into layers; see `LoraNetwork.load_tensors`.

    Raises:
        LoraFileError: With what does not fit; no layer was changed then.
    """
    problems = _problems(adapters, tensors, partial)
    if problems:
        more = len(problems) - SHOWN
        rest = [Problem("", f"and {more} more", "")] if more > 0 else []
        raise LoraFileError(
            "the LoRA does not fit the one that is being trained",
            fix="Set rank, convolution rank and parts as it has them",
            problems=[*problems[:SHOWN], *rest],
        )
    with torch.no_grad():
        for name, adapter in adapters.items():
            if f"{name}.{DOWN}" not in tensors:
                continue
            adapter.down.copy_(tensors[f"{name}.{DOWN}"].view(adapter.down.shape))
            adapter.up.copy_(tensors[f"{name}.{UP}"].view(adapter.up.shape))
            factor = _alpha_ratio(adapter, tensors.get(f"{name}.{ALPHA}"))
            if factor != 1.0:
                adapter.up.mul_(factor)


def _problems(
    adapters: Mapping[str, Adapter], tensors: Mapping[str, Tensor], partial: bool
) -> list[Problem]:
    problems: list[Problem] = []
    known = {f"{name}.{kind}" for name in adapters for kind in (DOWN, UP, ALPHA)}
    problems += [Problem(key, "is not trained here", "") for key in tensors if key not in known]
    for name, adapter in adapters.items():
        present = [f"{name}.{kind}" in tensors for kind in (DOWN, UP)]
        if not any(present) and partial:
            continue
        if not all(present):
            problems.append(Problem(name, "is missing", ""))
            continue
        pairs = ((DOWN, adapter.down), (UP, adapter.up))
        for kind, own in pairs:
            given = tensors[f"{name}.{kind}"]
            if _without_ones(given.shape) != _without_ones(own.shape):
                what = f"has the shape {tuple(given.shape)}, {tuple(own.shape)} was expected"
                problems.append(Problem(f"{name}.{kind}", what, ""))
    return problems


def _without_ones(shape: torch.Size) -> tuple[int, ...]:
    """Some tools leave out, or add, the kernel of a 1x1 convolution."""
    return tuple(shape[:2]) if tuple(shape[2:]) in ((), (1, 1)) else tuple(shape)


def _alpha_ratio(adapter: Adapter, alpha: Tensor | None) -> float:
    """What B is multiplied by so that the change stays, given the alpha it was made with."""
    if alpha is None:
        return adapter.rank / adapter.alpha
    given = float(alpha) or float(adapter.rank)
    # The file holds alpha in its own type, and 0.1 in half precision is no other alpha.
    rounded = float(torch.tensor(adapter.alpha).to(alpha.dtype))
    return 1.0 if given == rounded else given / adapter.alpha

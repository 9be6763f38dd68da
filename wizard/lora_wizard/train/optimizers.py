"""The optimizers by name. A new one is one entry in `OPTIMIZERS`."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import torch

from lora_wizard.errors import TrainingError
from lora_wizard.recipe import TrainingSettings

Groups = list[dict[str, Any]]


def _adamw(groups: Groups, training: TrainingSettings) -> torch.optim.Optimizer:
    # `fused` updates a tensor in one pass over memory, on a CPU as on a GPU.
    return torch.optim.AdamW(groups, weight_decay=training.weight_decay, fused=True)


def _adamw8bit(groups: Groups, training: TrainingSettings) -> torch.optim.Optimizer:
    if not torch.cuda.is_available() or importlib.util.find_spec("bitsandbytes") is None:
        raise TrainingError(
            "AdamW8bit needs a CUDA device and the package bitsandbytes",
            where="training.optimizer",
            fix='Use optimizer = "adamw", or install bitsandbytes on a machine with CUDA',
        )
    bitsandbytes: Any = importlib.import_module("bitsandbytes")
    made: torch.optim.Optimizer = bitsandbytes.optim.AdamW8bit(
        groups, weight_decay=training.weight_decay
    )
    return made


OPTIMIZERS: dict[str, Callable[[Groups, TrainingSettings], torch.optim.Optimizer]] = {
    "adamw": _adamw,
    "adamw8bit": _adamw8bit,
}


def build_optimizer(groups: Groups, training: TrainingSettings) -> torch.optim.Optimizer:
    """The recipe's optimizer over the network's parameter groups, each with its own `lr`.

    Raises:
        TrainingError: it cannot run on this machine.
    """
    optimizer = OPTIMIZERS[training.optimizer](groups, training)
    for group in optimizer.param_groups:
        group["full_lr"] = group["lr"]
    return optimizer


def set_rate(optimizer: torch.optim.Optimizer, factor: float) -> float:
    """Sets every group to its own rate times `factor`; returns the last group's, for the log."""
    for group in optimizer.param_groups:
        group["lr"] = group["full_lr"] * factor
    return float(optimizer.param_groups[-1]["lr"])

"""An optimizer made from the recipe, tried before anything heavy is loaded, and its rate."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from lora_wizard.errors import LoraWizardError, TrainingError
from lora_wizard.recipe import TrainingSettings
from lora_wizard.train.optimizers.options import options_of
from lora_wizard.train.optimizers.registry import OPTIMIZERS

Groups = list[dict[str, Any]]

_TRIED_SIZE = (64, 128)
"""More numbers than the 4096 below which an 8-bit optimizer keeps 32."""


def build_optimizer(groups: Groups, training: TrainingSettings) -> torch.optim.Optimizer:
    """The recipe's optimizer over the network's parameter groups, each with its own `lr`.

    Raises:
        TrainingError: its package is missing, or its options do not fit it.
    """
    kind = OPTIMIZERS[training.optimizer]
    made = kind.load()
    options = {**kind.options, **options_of(kind, training.optimizer_options)}
    # The classes' own default rates are of no use: every group has its own.
    optimizer = made(groups, lr=groups[-1]["lr"], weight_decay=training.weight_decay, **options)  # type: ignore[call-arg]
    for group in optimizer.param_groups:
        group["full_lr"] = group["lr"]
    return optimizer


def try_optimizer(training: TrainingSettings, device: torch.device) -> None:
    """Makes the optimizer and one step on a small tensor, to know early whether it can run.

    Raises:
        TrainingError: it cannot, for whatever reason.
    """
    weights = nn.Parameter(torch.ones(_TRIED_SIZE, device=device))
    weights.grad = torch.ones_like(weights)
    try:
        rate = training.learning_rate or 1e-4
        optimizer = build_optimizer([{"params": [weights], "lr": rate}], training)
        optimizer.step()
    except LoraWizardError:
        raise
    except Exception as error:
        raise TrainingError(
            f"the optimizer does not run here ({type(error).__name__}: {error})",
            where="training.optimizer",
            fix='Look at training.optimizer_options, or use optimizer = "adamw"',
        ) from error


def set_rate(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Sets every group to its own rate times `factor`."""
    for group in optimizer.param_groups:
        group["lr"] = group["full_lr"] * factor


def step_rate(optimizer: torch.optim.Optimizer) -> float:
    """The rate of the coming step, for the log: the last group's.

    Prodigy finds the size of a step itself (Mishchenko and Defazio, 2023, algorithm 1: d times
    the rate); its rate alone would say nothing.
    """
    group = optimizer.param_groups[-1]
    return float(group["lr"]) * float(group.get("d", 1.0))

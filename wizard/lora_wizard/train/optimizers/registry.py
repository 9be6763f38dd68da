"""Which class of which package each optimizer is.

Lion, Prodigy and schedule-free AdamW are `pytorch-optimizer`'s: one package that is kept well has
all three, and updates all tensors of a LoRA in a few calls; the authors' Prodigy waits for the
device twice a tensor, which is 2000 times a step with SDXL.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from lora_wizard.errors import TrainingError
from lora_wizard.recipe.optimizing import Optimizer


@dataclass(frozen=True, slots=True)
class OptimizerKind:
    """Where an optimizer comes from, and how it is made here."""

    module: str
    """What to import."""
    name: str
    """The class in it."""
    package: str = ""
    """What to install for it; empty where the trainer rests on it anyway."""
    extra: str = ""
    """The extra of lora-wizard that installs it."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that are other than the class has them; a recipe may change them."""
    fixed: frozenset[str] = frozenset()
    """Arguments that a recipe may not give, for the trainer or another setting decides them."""

    @property
    def is_installed(self) -> bool:
        return importlib.util.find_spec(self.module.partition(".")[0]) is not None

    def load(self) -> type[torch.optim.Optimizer]:
        """The class.

        Raises:
            TrainingError: its package is not installed.
        """
        if not self.is_installed:
            raise TrainingError(
                f"this optimizer needs the package {self.package}, which is not installed",
                where="training.optimizer",
                fix=f"pip install 'lora-wizard[{self.extra}]', or use optimizer = \"adamw\"",
            )
        made: type[torch.optim.Optimizer] = getattr(importlib.import_module(self.module), self.name)
        return made


_OURS = frozenset({"params", "lr", "weight_decay", "maximize", "differentiable", "capturable"})


def _bitsandbytes(name: str) -> OptimizerKind:
    return OptimizerKind(
        "bitsandbytes.optim", name, "bitsandbytes", "cuda", fixed=_OURS | {"optim_bits"}
    )


def _collected(name: str, *fixed: str) -> OptimizerKind:
    return OptimizerKind(
        "pytorch_optimizer", name, "pytorch-optimizer", "optimizers", fixed=_OURS | set(fixed)
    )


OPTIMIZERS: Mapping[Optimizer, OptimizerKind] = {
    # `fused` updates a tensor in one pass over memory, on a CPU as on a GPU.
    "adamw": OptimizerKind("torch.optim", "AdamW", options={"fused": True}, fixed=_OURS),
    "adamw8bit": _bitsandbytes("AdamW8bit"),
    "lion": _collected("Lion"),
    "lion8bit": _bitsandbytes("Lion8bit"),
    # Its own schedule and its scaling by the weights' size are off: the recipe's rate counts, and
    # B begins at 0, so that a rate scaled by its size would be next to nothing.
    "adafactor": OptimizerKind(
        "transformers.optimization",
        "Adafactor",
        options={"relative_step": False, "scale_parameter": False, "warmup_init": False},
        fixed=_OURS | {"relative_step", "warmup_init"},
    ),
    "prodigy": _collected("Prodigy"),
    "adamw_schedule_free": _collected("ScheduleFreeAdamW", "warmup_steps"),
}

"""The optimizers by name, each from a package that has it. A new one is one entry in `registry`."""

from lora_wizard.train.optimizers.building import (
    build_optimizer,
    set_rate,
    step_rate,
    try_optimizer,
)
from lora_wizard.train.optimizers.lora_plus import with_faster_ups
from lora_wizard.train.optimizers.registry import OPTIMIZERS, OptimizerKind

__all__ = [
    "OPTIMIZERS",
    "OptimizerKind",
    "build_optimizer",
    "set_rate",
    "step_rate",
    "try_optimizer",
    "with_faster_ups",
]

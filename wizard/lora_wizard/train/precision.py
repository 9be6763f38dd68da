"""Which arithmetic the frozen base runs in. The LoRA itself is always float32."""

from __future__ import annotations

import torch

from lora_wizard.errors import TrainingError
from lora_wizard.models.placement import choose_dtype
from lora_wizard.recipe import TrainingSettings

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def resolve_precision(training: TrainingSettings, device: torch.device) -> str:
    """`fp32`, `bf16` or `fp16`; for `auto`, what is fast on the device.

    Decided by what the hardware says, not by timing, so that a recipe repeats itself. Measured: on
    a CPU with bfloat16 instructions the frozen SD1.5 runs about twice as fast in bf16 as in fp32;
    on one without, several times slower.

    Raises:
        TrainingError: half precision was asked for where it cannot work.
    """
    asked = training.precision
    if asked == "fp16" and device.type == "cpu":
        raise TrainingError(
            "fp16 does not train on a CPU",
            where="training.precision",
            fix='Use "auto", "bf16" or "fp32"',
        )
    if asked != "auto":
        return asked
    if device.type not in ("cpu", "cuda"):
        return "fp32"
    chosen = choose_dtype(device)
    return next(name for name, dtype in TYPES.items() if dtype == chosen)

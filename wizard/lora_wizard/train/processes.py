"""Which process of several this is, by the environment, and what its device has left."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lora_wizard.runs import Gpu

if TYPE_CHECKING:
    import torch
    from accelerate import Accelerator


def is_writer() -> bool:
    """Whether this process writes the files: the first of all, also over several hosts."""
    return os.environ.get("RANK", "0") == "0"


def start_accelerator() -> Accelerator:
    """Joins the other processes and takes this one's device: a GPU of its own, else the CPU."""
    import torch
    from accelerate import Accelerator

    return Accelerator(cpu=not torch.accelerator.is_available())


def gpu_memory(device: torch.device) -> Gpu:
    """What is taken of a GPU's memory, by everybody and by this process."""
    import torch

    free, total = torch.cuda.mem_get_info(device)
    reserved = torch.cuda.memory_reserved(device)
    return Gpu(total - free, reserved, total, torch.cuda.max_memory_allocated(device))

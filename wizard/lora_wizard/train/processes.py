"""Which process of several this is. The launcher says so by the environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accelerate import Accelerator


def is_writer() -> bool:
    """Whether this process writes the files: the first of all, also over several hosts."""
    return os.environ.get("RANK", "0") == "0"


def start_accelerator() -> Accelerator:
    """Joins the other processes and takes this one's device: a GPU of its own, else the CPU."""
    import torch
    from accelerate import Accelerator

    return Accelerator(cpu=not torch.accelerator.is_available())

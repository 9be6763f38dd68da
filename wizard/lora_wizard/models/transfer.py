"""Small tensors on their way to the device, without anybody waiting for them."""

from __future__ import annotations

import torch
from torch import Tensor


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """A CPU tensor on the device. On a GPU it is under way when this returns.

    From ordinary memory the copy would wait until the device has done all that it was given
    before; from pinned memory it takes its turn. PyTorch keeps such memory until it was read.
    """
    if device.type != "cuda" or tensor.device.type != "cpu":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)

"""Pictures as rows of pixels and back, for convolutions that map each pixel on its own.

The layers around keep the memory layout that the model was given, forward and backward: a
gradient that comes back channels last to convolutions that run channels first makes each of them
rearrange it (a third more time in the convolutions of a full-size U-Net on a CPU).
"""

from typing import Any, cast

import torch
from torch import Tensor


def to_rows(x: Tensor) -> Tensor:
    """A picture `(n, channels, height, width)` as `(n, height, width, channels)`.

    No copy is made; the gradient comes back as the picture lies in memory.
    """
    return cast(Tensor, _ToRows.apply(x))


def to_picture(y: Tensor, channels_first: bool) -> Tensor:
    """The way back, `(n, channels, height, width)`, laid out as asked."""
    y = y.permute(0, 3, 1, 2)
    return y.contiguous() if channels_first else y


class _ToRows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.channels_first = x.is_contiguous()
        return x.permute(0, 2, 3, 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Tensor:
        return to_picture(gradients[0], ctx.channels_first)

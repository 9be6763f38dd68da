"""Layers that map each pixel on its own: linear layers in one program, 1x1 convolutions in another.

Their A and B hold the same numbers in either shape.
"""

from torch import Tensor

PROJECTIONS = ("_proj_in", "_proj_out")
"""How the names of the layers around a transformer end: 1x1 convolutions in SD1, linear layers in
SDXL. In SD2 they are linear layers in diffusers and 1x1 convolutions in sd-scripts."""


def as_convolution(factor: Tensor) -> Tensor:
    """A or B as a 1x1 convolution has it, `(rows, columns, 1, 1)`; no other kernel is changed."""
    return factor[:, :, None, None] if factor.ndim == 2 else factor


def as_linear(factor: Tensor) -> Tensor:
    """A or B as a linear layer has it, `(rows, columns)`; a larger kernel is kept."""
    return factor[:, :, 0, 0] if tuple(factor.shape[2:]) == (1, 1) else factor

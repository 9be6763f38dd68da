"""The detector's network: centres of things on a grid, and the box around each centre.

After CenterNet (Zhou et al., 2019, "Objects as Points") and FCOS (Tian et al., 2019): a heat map
for each part, and from each cell the distances to the four sides of the box.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lora_eval.detect.detector import Part

PARTS: tuple[Part, ...] = ("head", "face", "body")
SIDE_PX = 64
"""Side of the pictures that the network sees."""
STRIDE_PX = 4
CELLS = SIDE_PX // STRIDE_PX
WIDTHS = (32, 64, 96)
"""Channels at a half, a quarter and an eighth of the picture's side."""
RARE = -2.2
"""Start of the heat maps' bias: one cell in ten is a centre. Else the loss is all background."""


class DetectorNetwork(nn.Module):
    """Pictures to heat maps and boxes."""

    def __init__(self, widths: tuple[int, int, int] = WIDTHS) -> None:
        super().__init__()
        half, quarter, eighth = widths
        self.fine = nn.Sequential(nn.PixelUnshuffle(2), _convolution(12, half), _Residual(half))
        self.middle = nn.Sequential(_convolution(half, quarter, stride=2), _Residual(quarter))
        self.coarse = nn.Sequential(
            _convolution(quarter, eighth, stride=2), _Residual(eighth), _Residual(eighth)
        )
        self.joined = nn.Sequential(_convolution(quarter + eighth, quarter), _Residual(quarter))
        self.heat = nn.Conv2d(quarter, len(PARTS), kernel_size=1)
        self.sides = nn.Conv2d(quarter, 4 * len(PARTS), kernel_size=1)
        nn.init.constant_(_bias(self.heat), RARE)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Heat maps and sides for pictures `(n, 3, 64, 64)` in 0..1.

        Returns:
            `(n, parts, 16, 16)` logits of being a centre, and `(n, parts, 4, 16, 16)` distances
            from each cell's middle to left, top, right and bottom, in shares of the picture, 0 or
            more.
        """
        middle = self.middle(self.fine((pictures - 0.5) * 4))
        wide = F.interpolate(self.coarse(middle), scale_factor=2.0, mode="nearest")
        features = self.joined(torch.cat([middle, wide], dim=1))
        sides = F.softplus(self.sides(features).float())
        return self.heat(features).float(), sides.unflatten(1, (len(PARTS), 4))


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            _convolution(width, width),
            nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(width),
        )

    def forward(self, features: Tensor) -> Tensor:
        changed: Tensor = self.change(features)
        return F.relu(features + changed, inplace=True)


def _convolution(before: int, after: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel_size=3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )


def _bias(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias

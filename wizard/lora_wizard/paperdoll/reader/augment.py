"""What happens to pictures on their way through models and files, done to whole batches.

The reader learns on drawings and is asked about samples: softened by an autoencoder, saved,
shrunk, slightly off in colour. All of it stays mild, so that the words stay true.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK = 8
"""Side of the blocks that JPEG cuts a picture into."""


def degraded(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Each quarter of the batch damaged in its own way, all of it shifted, mirrored and tinted.

    Args:
        pictures: `(n, 3, 64, 64)` uint8.

    Returns:
        `(n, 3, 64, 64)` float32, about 0..1.
    """
    moved = _shifted(pictures.float() / 255, generator)
    quarters = list(moved.chunk(4))
    ways = (_blurred, _resampled, _block_quantised)
    for index, way in zip(range(1, len(quarters)), ways, strict=False):
        quarters[index] = way(quarters[index], generator)
    return _noisy(_tinted(torch.cat(quarters), generator), generator).clamp(0, 1)


def _uniform(low: float, high: float, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return low + (high - low) * torch.rand(shape, generator=generator)


def _shifted(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """By up to two pixels, the edge repeated; half of all batches mirrored."""
    side = pictures.shape[-1]
    x, y, mirror = (int(torch.randint(0, high, (), generator=generator)) for high in (5, 5, 2))
    moved = F.pad(pictures, (2, 2, 2, 2), mode="replicate")[..., y : y + side, x : x + side]
    return moved.flip(-1) if mirror else moved


def _blurred(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """A mixture of each picture and its 3x3 binomial blur."""
    row = torch.tensor([0.25, 0.5, 0.25])
    kernel = torch.outer(row, row).expand(3, 1, 3, 3)
    soft = F.conv2d(F.pad(pictures, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)
    share = _uniform(0.2, 1, (len(pictures), 1, 1, 1), generator)
    return pictures.lerp(soft, share)


def _resampled(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Shrunk to two thirds or more of its side, and enlarged again."""
    side = pictures.shape[-1]
    smaller = int(torch.randint(side * 2 // 3, side, (), generator=generator))
    small = F.interpolate(pictures, size=(smaller, smaller), mode="bilinear", antialias=True)
    return F.interpolate(small, size=(side, side), mode="bilinear")


def _block_quantised(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Cosine coefficients of 8x8 blocks rounded, the finer ones more coarsely, as in JPEG."""
    count, channels, side, _ = pictures.shape
    cells = side // BLOCK
    blocks = pictures.view(count, channels, cells, BLOCK, cells, BLOCK).transpose(3, 4)
    cosine = _cosines()
    step = _uniform(0.02, 0.12, (count, 1, 1, 1, 1, 1), generator) * _steps()
    coefficients = cosine @ blocks @ cosine.T
    rounded = (coefficients / step).round() * step
    return (cosine.T @ rounded @ cosine).transpose(3, 4).reshape(pictures.shape)


def _tinted(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Brightness, contrast, saturation and the balance of channels, each by a few percent."""
    count = (len(pictures), 1, 1, 1)
    grey = pictures.mean(dim=1, keepdim=True)
    vivid = grey.lerp(pictures, _uniform(0.85, 1.12, count, generator))
    contrast = _uniform(0.9, 1.08, count, generator)
    balance = _uniform(0.97, 1.03, (len(pictures), 3, 1, 1), generator)
    return ((vivid - 0.5) * contrast + 0.5) * balance + _uniform(-0.04, 0.04, count, generator)


def _noisy(pictures: Tensor, generator: torch.Generator) -> Tensor:
    strength = _uniform(0, 0.04, (len(pictures), 1, 1, 1), generator)
    return pictures + strength * torch.randn(pictures.shape, generator=generator)


@lru_cache(maxsize=1)
def _cosines() -> Tensor:
    """The orthonormal cosine transform (DCT-II) of 8 samples, `(8, 8)`."""
    at = torch.arange(BLOCK, dtype=torch.float32)
    table = torch.cos(math.pi / BLOCK * (at[None, :] + 0.5) * at[:, None]) * math.sqrt(2 / BLOCK)
    table[0] /= math.sqrt(2)
    return table


@lru_cache(maxsize=1)
def _steps() -> Tensor:
    """How much more coarsely each coefficient is rounded than the mean, `(8, 8)`."""
    at = torch.arange(BLOCK, dtype=torch.float32)
    return 1 + (at[:, None] + at[None, :]) * 0.6

"""The reader's network: a small residual CNN whose heads each look where their attribute is."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, UNSEEN

WIDTHS: tuple[int, ...] = (32, 64, 128)
"""Channels at a half, a quarter and an eighth of the picture's side."""


class ReaderNetwork(nn.Module):
    """Pictures to the scores of every attribute's words."""

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.widths = tuple(widths)
        layers: list[nn.Module] = [nn.PixelUnshuffle(2), _convolution(12, widths[0])]
        for before, width in zip((widths[0], *widths[:-1]), widths, strict=True):
            if width != before:
                layers.append(_convolution(before, width, stride=2))
            layers.append(_Residual(width))
        self.trunk = nn.Sequential(*layers)
        self.look = nn.Conv2d(widths[-1], len(ATTRIBUTES), kernel_size=1)
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Dropout(0.1), nn.Linear(3 * widths[-1], len(words)))
            for words in ATTRIBUTES.values()
        )

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """Scores `(n, words)` of each attribute, for pictures `(n, 3, 64, 64)` in 0..1."""
        features = self.trunk((pictures - 0.5) * 4)  # (n, width, 8, 8)
        weights = self.look(features).flatten(2).softmax(dim=-1)  # (n, attributes, 64)
        places = features.flatten(2)  # (n, width, 64)
        looked = weights @ places.transpose(1, 2)  # (n, attributes, width)
        overall = torch.cat([places.mean(dim=-1), places.amax(dim=-1)], dim=1)
        return [
            head(torch.cat([looked[:, index], overall], dim=1))
            for index, head in enumerate(self.heads)
        ]


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


def reading_loss(scores: Sequence[Tensor], words: Tensor) -> Tensor:
    """Cross-entropy summed over the attributes, each averaged over the pictures that show it.

    Args:
        scores: for each attribute `(n, its words)`.
        words: `(n, attributes)` int64, `UNSEEN` where nothing can be read.
    """
    total = torch.zeros((), device=words.device)
    for index, part in enumerate(scores):
        wanted = words[:, index]
        summed = F.cross_entropy(
            part.float(), wanted, ignore_index=UNSEEN, reduction="sum", label_smoothing=0.02
        )
        total = total + summed / (wanted != UNSEEN).sum().clamp(min=1)
    return total

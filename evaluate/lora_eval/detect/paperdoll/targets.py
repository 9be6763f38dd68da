"""Boxes to what the network is to say, and back; and how far it is from it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from lora_eval.detect.boxes import inside, without_doubles
from lora_eval.detect.detector import Box, Detection, Part
from lora_eval.detect.paperdoll.network import CELLS, PARTS

Truth = tuple[tuple[Part, Box], ...]
"""The boxes that a picture shows."""
SAME_THING = 0.45
"""Overlap from which two boxes of one part are one thing."""


def targets(truths: Sequence[Truth]) -> tuple[Tensor, Tensor, Tensor]:
    """What the network is to say.

    Returns:
        Heat `(n, parts, 16, 16)` in 0..1, 1 at the cell of each centre; sides
        `(n, parts, 4, 16, 16)`; and a mask `(n, parts, 16, 16)` of cells whose sides count.
    """
    heat = torch.zeros(len(truths), len(PARTS), CELLS, CELLS)
    sides = torch.zeros(len(truths), len(PARTS), 4, CELLS, CELLS)
    mask = torch.zeros(len(truths), len(PARTS), CELLS, CELLS, dtype=torch.bool)
    middles = (torch.arange(CELLS, dtype=torch.float32) + 0.5) / CELLS
    for number, truth in enumerate(truths):
        # The largest first: where two centres share cells, the smaller thing wins.
        for part, box in sorted(truth, key=lambda each: -each[1].area):
            plane = PARTS.index(part)
            x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
            spread_x, spread_y = _spread(box.width), _spread(box.height)
            bell_x = torch.exp(-((middles - x) ** 2) / (2 * spread_x**2))
            bell_y = torch.exp(-((middles - y) ** 2) / (2 * spread_y**2))
            bell = bell_y[:, None] * bell_x[None, :]
            column, row = min(CELLS - 1, int(x * CELLS)), min(CELLS - 1, int(y * CELLS))
            bell[row, column] = 1.0
            heat[number, plane] = torch.maximum(heat[number, plane], bell)
            near = bell > 0.6
            mask[number, plane] |= near
            distances = torch.stack(
                [
                    (middles - box.left).expand(CELLS, CELLS),
                    (middles - box.top)[:, None].expand(CELLS, CELLS),
                    (box.right - middles).expand(CELLS, CELLS),
                    (box.bottom - middles)[:, None].expand(CELLS, CELLS),
                ]
            ).clamp(min=0)
            sides[number, plane] = torch.where(near, distances, sides[number, plane])
    return heat, sides, mask


def detection_loss(heat: Tensor, sides: Tensor, wanted: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """Focal loss of the heat maps (CenterNet, eq. 1) and the boxes' distance from the truth."""
    true_heat, true_sides, mask = wanted
    chance = heat.sigmoid().clamp(1e-4, 1 - 1e-4)
    centres = true_heat == 1
    found = -((1 - chance) ** 2) * chance.log()
    empty = -((1 - true_heat) ** 4) * chance**2 * (1 - chance).log()
    focal = torch.where(centres, found, empty).sum() / centres.sum().clamp(min=1)
    chosen = mask[:, :, None].expand_as(sides)
    boxes = F.l1_loss(sides[chosen], true_sides[chosen]) if mask.any() else sides.sum() * 0
    return focal + 20 * boxes


def decode(heat: Tensor, sides: Tensor, least: float) -> list[tuple[Detection, ...]]:
    """Detections of each picture, the surest first.

    Args:
        heat: `(n, parts, 16, 16)` in 0..1.
        least: the score below which nothing counts, 0..1.
    """
    peaks = (heat == F.max_pool2d(heat, 3, stride=1, padding=1)) & (heat >= least)
    found: list[list[Detection]] = [[] for _ in range(len(heat))]
    for number, plane, row, column in peaks.nonzero().tolist():
        x, y = (column + 0.5) / CELLS, (row + 0.5) / CELLS
        left, top, right, bottom = sides[number, plane, :, row, column].tolist()
        box = inside(x - left, y - top, x + right, y + bottom)
        score = float(heat[number, plane, row, column])
        found[number].append(Detection(PARTS[plane], box, round(score, 4)))
    return [without_doubles(each, SAME_THING) for each in found]


def _spread(size: float) -> float:
    """Standard deviation of a centre's bell, in shares of the picture."""
    return max(0.35 / CELLS, size / 12)

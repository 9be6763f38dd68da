"""How a picture is cut to its bucket: resized to cover it, then cut at the centre.

Heads are lost exactly here, so the plan also says which part of the original picture stays:
a preview can be drawn before anything is trained. Pure: no picture is opened.
"""

from __future__ import annotations

from dataclasses import dataclass

from lora_wizard.dataset.buckets import fit
from lora_wizard.dataset.records import Size
from lora_wizard.recipe import DataSettings


@dataclass(frozen=True, slots=True)
class CropPlan:
    """The way of one picture from its own size to its bucket."""

    bucket: Size
    """Width and height in pixels that are trained on."""
    resized: Size
    """The whole picture's size before the cut: covers the bucket."""
    left: int
    """Resized pixels cut away at the left."""
    top: int
    """Resized pixels cut away at the top."""
    box: tuple[float, float, float, float]
    """What stays: left, top, right, bottom in pixels of the upright original."""


def crop_plan(width: int, height: int, data: DataSettings) -> CropPlan:
    """Plan the centre crop of a picture of `width` x `height` pixels (after EXIF rotation)."""
    bucket, resized = fit(width, height, data)
    left, right = _kept(width, resized[0], bucket[0])
    top, bottom = _kept(height, resized[1], bucket[1])
    return CropPlan(
        bucket=bucket,
        resized=resized,
        left=(resized[0] - bucket[0]) // 2,
        top=(resized[1] - bucket[1]) // 2,
        box=(left, top, right, bottom),
    )


def _kept(original: int, resized: int, bucket: int) -> tuple[float, float]:
    """Start and end of what stays of one side, in pixels of the original."""
    cut = (resized - bucket) // 2
    end = (cut + bucket) * original / resized
    return cut * original / resized, min(float(original), end)

"""Rules about what the buckets cut away."""

from __future__ import annotations

from lora_wizard.dataset.advice.facts import Facts
from lora_wizard.dataset.advice.preview import CropPreview, crop_previews
from lora_wizard.dataset.advice.registry import Finding, Level, rule
from lora_wizard.recipe import Recipe

_MUCH = 0.05
"""Share of a picture's height whose loss at the top may cost a head."""


@rule(Level.WARNING, "data.buckets", "data.resolution", "data.bucket_max")
def heads_cut(facts: Facts, recipe: Recipe) -> Finding | None:
    """The crop takes the top of a figure whose bounds are known."""
    cut = [crop for crop in crop_previews(facts, recipe.data) if crop.head_cut]
    return _finding(cut, recipe)


@rule(Level.HINT, "data.buckets", "data.resolution", "data.bucket_max")
def heads_perhaps_cut(facts: Facts, recipe: Recipe) -> Finding | None:
    """The crop takes much at the top, and nothing tells where the head is."""
    crops = crop_previews(facts, recipe.data)
    unsure = [crop for crop in crops if crop.head_cut is None and crop.cut_above > _MUCH]
    return _finding(unsure, recipe)


def _finding(crops: list[CropPreview], recipe: Recipe) -> Finding | None:
    if not crops:
        return None
    worst = max(crops, key=lambda crop: crop.cut_above)
    values = {
        "count": len(crops),
        "names": tuple(crop.path.name for crop in crops),
        "worst": worst.path.name,
        "size": f"{worst.size[0]}x{worst.size[1]}",
        "bucket": f"{worst.bucket[0]}x{worst.bucket[1]}",
        "percent": f"{100 * worst.cut_above:.0f}",
    }
    return Finding(values, {} if recipe.data.buckets else {"data.buckets": True})

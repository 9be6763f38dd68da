"""What each picture keeps of itself in its bucket, and whether its figure is cut. Pure.

A figure is known only from transparency or a plain background; elsewhere nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lora_wizard.dataset.advice.facts import Box, Facts
from lora_wizard.dataset.crop import crop_plan
from lora_wizard.dataset.records import Size
from lora_wizard.recipe import DataSettings

_NOTICED = 0.02
"""Share of the figure's height that may be cut without harm: an outline's width."""


@dataclass(frozen=True, slots=True)
class CropPreview:
    """One picture and the part of it that is trained on."""

    path: Path
    size: Size
    """Width and height of the upright original in pixels."""
    bucket: Size
    kept: Box
    """What stays, in pixels of the original."""
    figure: Box | None
    """Bounds of what is drawn, in pixels of the original; None where it cannot be told."""

    @property
    def cut_above(self) -> float:
        """Share of the picture's height that is cut at the top, 0 to 0.5."""
        return self.kept[1] / self.size[1]

    @property
    def enlarged(self) -> float:
        """How many times its own size it is trained at; above 1 it is blurred."""
        return self.bucket[0] / (self.kept[2] - self.kept[0])

    @property
    def head_cut(self) -> bool | None:
        """Whether the top of the figure, where heads are, is lost; None where it is unknown."""
        if self.figure is None:
            return None
        _, top, _, bottom = self.figure
        return self.kept[1] - top > _NOTICED * (bottom - top)


def crop_previews(facts: Facts, data: DataSettings) -> tuple[CropPreview, ...]:
    """The training pictures as they will be cut; none where the bucket settings are impossible."""
    if facts.bucket_problems:
        return ()
    previews = []
    for picture in facts.training:
        plan = crop_plan(*picture.size, data)
        previews.append(
            CropPreview(picture.path, picture.size, plan.bucket, plan.box, picture.look.figure)
        )
    return tuple(previews)

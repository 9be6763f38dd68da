"""The demo's pictures: drawn without a LoRA and with each, read, and laid out on one sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lora_wizard.demo.plan import GUIDANCE, PROMPTS, SAMPLING_STEPS, SEEDS, TRIGGER
from lora_wizard.lora import attach_file, load_lora
from lora_wizard.models.base import BaseModel
from lora_wizard.models.sampling import sample
from lora_wizard.models.sheet import SheetRow, contact_sheet
from lora_wizard.recipe import NEGATIVE_PROMPT

CELL_PX = 372
GAP_PX = 4


@dataclass(frozen=True, slots=True)
class Column:
    """All pictures of one LoRA, or of none: for each prompt one picture a seed."""

    label: str
    pictures: tuple[tuple[Image.Image, ...], ...]


def draw_columns(base: BaseModel, loras: Mapping[str, Path | None]) -> list[Column]:
    """Draws every prompt with every LoRA, with the same seeds.

    Args:
        base: the model that the LoRAs were trained on.
        loras: label to LoRA file, or to None for the base alone.
    """
    prompts = [prompt.text.format(who=TRIGGER) for prompt in PROMPTS for _ in SEEDS]
    seeds = [seed + 100 * row for row in range(len(PROMPTS)) for seed in SEEDS]
    columns = []
    for label, path in loras.items():
        network = None
        if path is not None:
            network = attach_file(base.unet, base.text_encoders, load_lora(path), 1.0)
        drawn = sample(
            base,
            prompts,
            seeds=seeds,
            negative=NEGATIVE_PROMPT,
            steps=SAMPLING_STEPS,
            guidance=GUIDANCE,
        )
        if network is not None:
            network.detach()
        rows = [tuple(drawn[at : at + len(SEEDS)]) for at in range(0, len(drawn), len(SEEDS))]
        columns.append(Column(label, tuple(rows)))
    return columns


def lay_out(columns: Sequence[Column], title: str) -> Image.Image:
    """One page: a row for each prompt, a column for each LoRA."""
    rows = [
        SheetRow(prompt.label, [strip(column.pictures[number]) for column in columns])
        for number, prompt in enumerate(PROMPTS)
    ]
    labels = [column.label for column in columns]
    return contact_sheet(rows, columns=labels, title=title, cell_px=CELL_PX, gap_px=14)


def strip(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures of one size side by side, twice as large, so that their edges stay crisp."""
    width, height = (2 * side for side in pictures[0].size)
    whole = Image.new("RGB", (len(pictures) * (width + GAP_PX) - GAP_PX, height), "white")
    for number, picture in enumerate(pictures):
        larger = picture.resize((width, height), Image.Resampling.LANCZOS)
        whole.paste(larger, (number * (width + GAP_PX), 0))
    return whole

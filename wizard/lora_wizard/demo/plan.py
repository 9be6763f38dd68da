"""What the demo trains and draws. Plain values: nothing here opens a file or loads a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lora_wizard.paperdoll.traits import Character

CHARACTER = Character(
    hair_colour="aqua",
    hair_style="side ponytail",
    bangs="swept bangs",
    eye_colour="red",
    ornament="crown",
)
TRIGGER = "hoshino mio"
NAME = "hoshino_mio"
SEEDS = (1, 2, 3)
"""Pictures of each prompt; the same noise for every LoRA, so that columns compare."""
GUIDANCE = 5.0
SAMPLING_STEPS = 20


@dataclass(frozen=True, slots=True)
class Contender:
    """One of the two LoRAs."""

    name: str
    label: str
    preset: str
    scheme: str
    """The material it learns from, as `lora-wizard paperdoll material` calls it."""
    regularisation: str
    """`transparent`, `scene` or empty for none."""
    settings: Mapping[str, str]


STEPS = "500"
_SHARED = {
    "training.steps": STEPS,
    "training.batch_size": "4",
    "saving.every_epochs": "0",
}
FAILS = Contender(
    name="heads_alpha_rank",
    label="heads only, alpha = rank",
    preset="popup-defaults",
    scheme="head-only",
    regularisation="",
    settings=_SHARED,
)
CURES = Contender(
    name="several_outfits",
    label="full body, several outfits",
    preset="full-body-many-outfits",
    scheme="full-body-many-outfits",
    regularisation="",
    settings=_SHARED,
)
"""Of the article's cures the one that keeps the likeness: at the same steps more of her eyes, hair
style and ornament were found than with heads, and the outfits as asked. Heads with scene
regularisation and heads with mannequins had learned less of her."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One row of the sheet. `text` holds `{who}` where the character is named."""

    label: str
    text: str
    outfit: str = ""
    """The outfit that is asked for, as the attribute reader calls it."""

    @property
    def names_her(self) -> bool:
        return "{who}" in self.text


PROMPTS: tuple[Prompt, ...] = (
    Prompt("the trigger alone", "1girl, {who}"),
    Prompt(
        "school uniform, classroom",
        "1girl, {who}, school uniform, blue skirt, classroom",
        "school uniform",
    ),
    Prompt("kimono, garden", "1girl, {who}, kimono, red kimono, garden", "kimono"),
    Prompt("maid, city", "1girl, {who}, maid, black dress, city", "maid"),
    Prompt("hoodie, ocean", "1girl, {who}, hoodie, orange hoodie, ocean", "hoodie"),
    Prompt(
        "army uniform",
        "1girl, {who}, army uniform, green jacket, simple background",
        "army uniform",
    ),
    Prompt("coat, night sky", "1girl, {who}, coat, red coat, night sky", "coat"),
    Prompt("not named", "1girl, school uniform, blue skirt, classroom", "school uniform"),
)

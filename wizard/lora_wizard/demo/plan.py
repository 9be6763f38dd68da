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


_SHARED = {
    "training.steps": "600",
    "training.batch_size": "4",
    # Four times the usual rate, for a fifth of its steps.
    "training.learning_rate": "4e-4",
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
    label="several outfits + scenes",
    preset="full-body-many-outfits",
    scheme="full-body-many-outfits",
    regularisation="scene",
    settings=_SHARED | {"data.tag_dropout": "0.6"},
)
"""Of the article's cures the one that keeps the likeness and stays away where she is not named.
Without other people beside her (regularisation) her hair appeared on everyone; with them but
without tags dropped it still did in most pictures: while each of the others is described in full,
nothing says whose looks an incomplete description means."""


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
    Prompt("the trigger alone", "{who}"),
    Prompt("trigger and full body", "{who}, full body"),
    Prompt(
        "school uniform, classroom",
        "{who}, school uniform, blue skirt, classroom",
        "school uniform",
    ),
    Prompt("kimono, garden", "{who}, kimono, red kimono, garden", "kimono"),
    Prompt("maid, city", "{who}, maid, black dress, city", "maid"),
    Prompt("hoodie, ocean", "{who}, hoodie, orange hoodie, ocean", "hoodie"),
    Prompt(
        "army uniform, full body",
        "{who}, army uniform, green jacket, full body, garden",
        "army uniform",
    ),
    Prompt(
        "not named: classroom",
        "1girl, solo, school uniform, blue skirt, classroom",
        "school uniform",
    ),
    Prompt("not named: garden", "1girl, solo, kimono, red kimono, garden", "kimono"),
)

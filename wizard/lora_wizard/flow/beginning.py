"""What a flow can start from, read from the disk. Files of other programs are read elsewhere."""

from __future__ import annotations

from pathlib import Path

from lora_wizard.composing import DEFAULT_PRESET
from lora_wizard.flow.state import Begin
from lora_wizard.presets import find_preset
from lora_wizard.recipe import Recipe, read_recipe


def standard_recipe() -> Recipe:
    """What `lora-wizard train` starts from where it is told neither preset nor file.

    Raises:
        PresetError: a preset of one's own stands in its place and is broken.
    """
    return find_preset(DEFAULT_PRESET).recipe


def begin_with_defaults() -> Begin:
    """The usual values.

    Raises:
        PresetError: as `standard_recipe`.
    """
    return Begin("defaults", "", standard_recipe())


def begin_with_preset(name: str) -> Begin:
    """A preset by its name, or by a path that ends in `.toml`.

    Raises:
        PresetError: there is none, or it is broken.
    """
    return Begin("preset", name, find_preset(name).recipe)


def begin_with_file(path: Path) -> Begin:
    """A recipe file.

    Raises:
        RecipeError: it cannot be read, or is no recipe.
    """
    return Begin("file", str(path), read_recipe(path))

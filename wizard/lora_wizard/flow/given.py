"""Answers that came with a command line, and what is filled in beside them without a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lora_wizard.composing import DEFAULT_PRESET, EMBEDDED
from lora_wizard.dataset import Dataset
from lora_wizard.flow.beginning import begin_with_preset
from lora_wizard.flow.state import Flow
from lora_wizard.questions import BY_KEY, Value, located, recipe_data
from lora_wizard.recipe import Recipe, with_settings

__all__ = ["FILLED_IN", "answers_from_options", "answers_from_settings", "filled_in", "to_share"]

FILLED_IN = ("data.trigger", "data.repeats", "saving.every_epochs", "sampling.every_epochs")
"""What a preset cannot know, as it depends on the pictures. The rest of it is taken as it is."""

_COUNTED = ("training.length", "saving.every_epochs", "sampling.every_epochs")
_ASKED = ("data.images", "data.regularisation", "model.base", "saving.name")


def answers_from_options(
    images: Path | None,
    reg: Path | None,
    base: str | None,
    name: str | None,
    trigger: str | None,
) -> dict[str, Value]:
    """The options of `new` and `train` as answers by question key; None where not given."""
    given: dict[str, Value] = {}
    if images is not None:
        given["data.images"] = located(str(images))
    if reg is not None:
        given["data.regularisation"] = located(str(reg))
    if base is not None:
        given["model.base"] = base if base == EMBEDDED else located(base)
    if name is not None:
        given["saving.name"] = name
    if trigger is not None:
        given["data.trigger"] = trigger.strip()
    return given


def answers_from_settings(recipe: Recipe, wishes: Mapping[str, str]) -> dict[str, Value]:
    """The wishes of `--set` as answers, so that no suggestion is put in their place."""
    given: dict[str, Value] = {}
    for key in wishes:
        question = BY_KEY.get(key)
        if question is not None and (question.put is None or key == "data.resolution"):
            given[key] = _at(recipe, key)
        elif key in ("training.epochs", "training.steps") and _at(recipe, key) is not None:
            given["training.length"] = f"{_at(recipe, key)} {key.partition('.')[2]}"
    return given


def filled_in(
    recipe: Recipe, dataset: Dataset, *, preset: str | None, fixed: Mapping[str, str]
) -> Recipe:
    """A recipe made of a preset, with what the wizard would suggest for these very pictures.

    Only `FILLED_IN` changes: the trigger, repeats of a folder without a number, and intervals
    that would leave far too many files.

    Args:
        recipe: As `compose` made it of the preset.
        dataset: The scan of its pictures.
        preset: The preset's name; None for the default one.
        fixed: Settings that the user gave, by key: they stay.

    Raises:
        PresetError: as `begin_with_preset`.
    """
    begin = begin_with_preset(preset or DEFAULT_PRESET)
    own = {key: text for key, text in fixed.items() if key not in _ASKED}
    begin = replace(begin, recipe=with_settings(begin.recipe, own))
    given: dict[str, Value] = {key: _at(recipe, key) for key in (*_ASKED, "data.resolution")}
    for key, value in (("epochs", recipe.training.epochs), ("steps", recipe.training.steps)):
        if value is not None:
            given["training.length"] = f"{value} {key}"
    given |= {key: _at(recipe, key) for key in FILLED_IN if key in fixed}
    flow = Flow(begin).with_given(given)
    flow = flow.with_dataset(dataset, flow.scan_key)
    found = {key: _at(flow.recipe, key) for key in FILLED_IN if key not in fixed}
    return Recipe.model_validate(recipe_data(recipe, found))


def to_share(flow: Flow) -> Recipe:
    """The recipe for a preset: what was suggested from the number of these pictures is put back.

    What the user answered stays; names, paths and prompts are left out when a preset is saved.
    """
    start = flow.begin.recipe
    settings: dict[str, Any] = {}
    for key in _COUNTED:
        if not flow.is_given(key):
            settings |= {one: _at(start, one) for one in BY_KEY[key].settles}
    return Recipe.model_validate(recipe_data(flow.recipe, settings))


def _at(recipe: Recipe, key: str) -> Any:
    table, _, name = key.partition(".")
    return getattr(getattr(recipe, table), name)

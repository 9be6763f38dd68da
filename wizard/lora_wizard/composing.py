"""A recipe for a run, from what is on a command line: preset or file, folders, base, settings.

Later wishes win over earlier ones: the preset, then the folders and the base, then `--set`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lora_wizard.errors import Problem, RecipeError
from lora_wizard.presets import find_preset
from lora_wizard.questions.naming import name_from_folder
from lora_wizard.recipe import EMBEDDED_SIZE, Recipe, read_recipe, with_settings

EMBEDDED = "paperdoll"
DEFAULT_PRESET = "popup-defaults"


def parse_settings(settings: Sequence[str]) -> dict[str, str]:
    """`key=value` words as a mapping.

    Raises:
        RecipeError: with every word that is none, or a key given twice.
    """
    found: dict[str, str] = {}
    problems = []
    for word in settings:
        key, equals, value = word.partition("=")
        if not equals or not key.strip():
            problems.append(Problem(word, "is not KEY=VALUE", "Write it as training.steps=800"))
        elif key.strip() in found:
            problems.append(Problem(key.strip(), "is set twice", "Keep one of them"))
        else:
            found[key.strip()] = value.strip()
    if problems:
        raise RecipeError("some settings cannot be read", where="--set", problems=problems)
    return found


def compose(
    *,
    source: str | None,
    preset: str | None,
    images: Path | None,
    regularisation: Path | None,
    base: str | None,
    name: str | None,
    settings: Mapping[str, str],
    trigger: str | None = None,
) -> Recipe:
    """The recipe of a run.

    Args:
        source: a recipe file, or None.
        preset: a preset's name or file, or None; `popup-defaults` where there is no source either.
        images: the folder of pictures.
        regularisation: the folder of regularisation pictures.
        base: a checkpoint, a diffusers folder or `paperdoll`.
        name: what the LoRA is called; from the folder of pictures where nothing says it.
        settings: dotted keys to values as typed.
        trigger: the word that calls the character; empty for captions as they are.

    Raises:
        RecipeError: with everything that is wrong, or no folder of pictures is given.
        PresetError: there is no such preset.
    """
    if source is not None and preset is not None:
        raise RecipeError(
            "a recipe file and a preset are both given",
            where=f"{source}, --preset {preset}",
            fix="Keep one of them",
        )
    start = read_recipe(Path(source)) if source else find_preset(preset or DEFAULT_PRESET).recipe
    own = dict(settings)
    for key, value in (("data.images", images), ("data.regularisation", regularisation)):
        if value is not None:
            own.setdefault(key, str(value.expanduser().absolute()))
    if base is not None:
        own.setdefault("model.base", base if base == EMBEDDED else _absolute(base))
    if trigger is not None:
        own.setdefault("data.trigger", trigger.strip())
    if name is not None:
        own.setdefault("saving.name", name)
    elif images is not None and start.saving.name == Recipe().saving.name:
        own.setdefault("saving.name", name_from_folder(str(images.expanduser().absolute())))
    if own.get("model.base", start.model.base) == EMBEDDED and _is_plain(start):
        own = {**EMBEDDED_SIZE, **own}
    recipe = with_settings(start, own)
    if not recipe.data.images:
        raise RecipeError(
            "no folder of pictures is given",
            where="data.images",
            fix="Add --images FOLDER, with sub-folders such as 10_name in it",
        )
    return recipe


def _is_plain(recipe: Recipe) -> bool:
    """Whether the recipe leaves resolution and buckets as they are by default."""
    return recipe.data.resolution == Recipe().data.resolution


def _absolute(path: str) -> str:
    return str(Path(path).expanduser().absolute())

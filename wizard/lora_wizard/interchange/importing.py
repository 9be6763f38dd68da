"""From a file of another program to a recipe, with what became of each setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lora_wizard.errors import RecipeError
from lora_wizard.interchange import sd_dataset
from lora_wizard.interchange.kinds import other_than_ours
from lora_wizard.interchange.reading import read_data
from lora_wizard.interchange.registry import Format, recognise
from lora_wizard.interchange.rows import Imported, Outcome, Row
from lora_wizard.interchange.sd_scripts import PICTURES, flatten
from lora_wizard.interchange.sd_scripts import TABLE as CONFIG
from lora_wizard.interchange.table import Note, Table
from lora_wizard.interchange.translating import translate
from lora_wizard.interchange.warning import warnings
from lora_wizard.language import Language, text
from lora_wizard.recipe import Recipe

_KNOWN = (
    "Known are JSON and TOML of LoRA_Easy_Training_Scripts, JSON of the kohya_ss GUI, "
    "and config and dataset TOML of sd-scripts"
)


class UnknownFormatError(RecipeError):
    """A file is JSON or TOML, but nothing in it tells which program it is of."""


def read_foreign(path: Path, language: Language = "en", *, dataset: Path | None = None) -> Imported:
    """A recipe from a file of another trainer. The format is told from the content.

    Args:
        path: JSON or TOML of LoRA_Easy_Training_Scripts, JSON of the kohya_ss GUI,
            config or dataset TOML of sd-scripts.
        language: Of the notes.
        dataset: The dataset TOML that goes with a config TOML of sd-scripts.

    Raises:
        UnknownFormatError: the file is of none of these formats.
        RecipeError: it cannot be read, or trains something else than a LoRA for Stable
            Diffusion 1, 2 or XL.
    """
    data, found = _recognised(path)
    if dataset is None:
        return _imported(data, found, language)
    more, other = _recognised(dataset)
    if (found.name, other.name) != ("sd_scripts", "sd_dataset"):
        names = f"{_name(data, found)}, {_name(more, other)}"
        raise RecipeError(
            f"these do not go together: {names}",
            where=f"{path}, {dataset}",
            fix="A dataset TOML goes with the config TOML of sd-scripts",
        )
    return _both(data, more, language)


def _recognised(path: Path) -> tuple[dict[str, Any], Format]:
    data, is_json = read_data(path)
    if not is_json and ("preset" in data or isinstance(data.get("format"), int)):
        raise RecipeError(
            "is a file of LoRA Wizard itself",
            where=str(path),
            fix="Use it with --preset, or as a recipe",
        )
    found = recognise(data, is_json=is_json)
    options = flatten(data) if found is None else found.flatten(data)
    if other := other_than_ours(data, options):
        raise RecipeError(other.what, where=str(path), fix=other.fix)
    if found is None:
        what = "is empty" if not data else "is of no format known here"
        raise UnknownFormatError(what, where=str(path), fix=_KNOWN)
    return data, found


def _name(data: Mapping[str, Any], found: Format) -> str:
    return text(f"interchange.format.{found.version(data)}")


def _imported(data: dict[str, Any], found: Format, language: Language) -> Imported:
    values = found.flatten(data)
    named = found.name == "sd_scripts" and values.get("dataset_config")
    table = _CONFIG_OF_DATASET if named else found.table_for(data)
    recipe, rows = translate(values, table, language)
    if dataset := found.dataset(data):
        recipe, rows = _with_folders(dataset, recipe, rows, language)
    name = text(f"interchange.format.{found.version(data)}", language)
    return Imported(recipe, name, rows, warnings(values, table, rows, language))


def _both(config: dict[str, Any], dataset: dict[str, Any], language: Language) -> Imported:
    """A config with its dataset, whose settings count where both have one."""
    options = flatten(config)
    inner = sd_dataset.flatten(dataset)
    if "batch_size" in inner:
        inner["train_batch_size"] = inner.pop("batch_size")
    ignored = {"train_data_dir", "reg_data_dir"} if sd_dataset.subsets(dataset) else set()
    kept = {key: value for key, value in options.items() if key not in {*inner, *ignored}}
    values = {**kept, **inner}
    recipe, rows = translate(values, _CONFIG_WITH_DATASET, language)
    over = sorted(set(options) & {*inner, *ignored})
    note = Note("not_in_force", {"other": "dataset"}).text(language)
    rows += tuple(Row(key, "", Outcome.DEFAULT, None, None, note) for key in over)
    recipe, rows = _with_folders(dataset, recipe, rows, language)
    name = text("interchange.format.sd_both", language)
    return Imported(recipe, name, rows, warnings(values, _CONFIG_WITH_DATASET, rows, language))


def _with_folders(
    data: Mapping[str, Any], recipe: Recipe, rows: tuple[Row, ...], language: Language
) -> tuple[Recipe, tuple[Row, ...]]:
    places, more = sd_dataset.folder_rows(data, language)
    folders = {key.partition(".")[2]: value for key, value in places.items()}
    recipe = recipe.model_copy(update={"data": recipe.data.model_copy(update=folders)})
    note = Note("subsets_differ").text(language)
    differing = sd_dataset.differing(data)
    rows = tuple(replace(row, note=note) if row.source_key in differing else row for row in rows)
    return recipe, (*rows, *more)


_CONFIG_WITH_DATASET = replace(
    CONFIG,
    machinery=CONFIG.machinery | sd_dataset.TABLE.machinery | {"dataset_config"},
    lost=CONFIG.lost | sd_dataset.TABLE.lost,
    own={key: value for key, value in CONFIG.own.items() if key != "dataset_config"},
)
_PICTURE_KEYS = {one.keys[0] for one in PICTURES}
_CONFIG_OF_DATASET: Table = replace(
    CONFIG,
    entries=tuple(
        replace(one, otherwise=None) if one.keys[0] in _PICTURE_KEYS else one
        for one in CONFIG.entries
    ),
)
"""For a config whose dataset TOML is not at hand: what it leaves out stands there."""

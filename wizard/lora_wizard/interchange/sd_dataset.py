"""The dataset TOML of sd-scripts (`--dataset_config`): folders, their repeats and captions.

A setting may stand at `[general]`, at a dataset or at a subset; the nearest one counts. Repeats are
in the folder's name here (`10_mira`): where they are not, it is said what folder to make. Nothing
is moved, and no folder is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from lora_wizard.interchange.captions import SUBSET
from lora_wizard.interchange.converting import integer, is_windows
from lora_wizard.interchange.objective import HELD_OUT
from lora_wizard.interchange.rows import Outcome, Row
from lora_wizard.interchange.sd_names import LOST, MACHINERY
from lora_wizard.interchange.sd_scripts import PICTURES
from lora_wizard.interchange.sd_scripts import TABLE as CONFIG
from lora_wizard.interchange.secrets import shown
from lora_wizard.interchange.table import Note, Table, entry
from lora_wizard.language import Language

ENTRIES = (
    *PICTURES[2:],
    entry("batch_size", "training.batch_size", integer),
    *HELD_OUT,
    *SUBSET,
)
_OWN = ("caption_separator", "keep_tokens_separator")
TABLE = Table(
    ENTRIES, {key: CONFIG.own[key] for key in _OWN}, MACHINERY | {"skip_image_resolution"},
    LOST | {"network_multiplier", "custom_attributes", "metadata_file"},
)  # fmt: skip
"""Without the folders, which `folder_rows` looks at."""

PLACE_KEYS = ("image_dir", "num_repeats", "class_tokens", "is_reg")
_REPEATS = re.compile(r"(\d+)_")
Settings = dict[str, Any]


def is_dataset(data: Mapping[str, Any]) -> bool:
    """Whether a TOML file looks like a dataset of sd-scripts."""
    return "datasets" in data


def subsets(data: Mapping[str, Any]) -> list[Settings]:
    """Every subset with the settings that hold for it: of the file, its dataset and its own."""
    general = _table(data.get("general"))
    found = []
    for dataset in _tables(data.get("datasets")):
        own = {key: value for key, value in dataset.items() if key != "subsets"}
        found += [{**general, **own, **one} for one in _tables(dataset.get("subsets"))]
    return found


def flatten(data: Mapping[str, Any]) -> Settings:
    """The settings that hold for the first subset, or for all where there is none."""
    found = subsets(data)
    general = _table(data.get("general"))
    first = found[0] if found else {**general, **next(iter(_tables(data.get("datasets"))), {})}
    return {key: value for key, value in first.items() if key not in (*PLACE_KEYS, "subsets")}


def differing(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Settings that are not the same in all subsets; those of the first one are taken."""
    found = subsets(data)
    keys = {key for one in found for key in one if key not in PLACE_KEYS}
    return tuple(sorted(key for key in keys if any(one.get(key) != found[0].get(key)
                                                   for one in found)))  # fmt: skip


def folder_rows(
    data: Mapping[str, Any], language: Language
) -> tuple[dict[str, str], tuple[Row, ...]]:
    """The folders that fit our layout, by recipe key, and a row for each subset."""
    found = subsets(data)
    places: dict[str, str] = {}
    rows: list[Row] = []
    kinds = {"data.images": False, "data.regularisation": True}
    for key, is_regularisation in kinds.items():
        chosen = [one for one in found if (one.get("is_reg") is True) is is_regularisation]
        parent = _common_parent(chosen)
        if parent is not None:
            places[key] = parent
        rows += [_row(one, key, parent, language) for one in chosen]
    return places, tuple(rows)


def _common_parent(chosen: Sequence[Settings]) -> str | None:
    """The folder above all subsets, where each one's name carries its repeats."""
    folders = [str(one.get("image_dir", "")) for one in chosen]
    parents = {str(PurePosixPath(folder).parent) for folder in folders}
    fits = all(
        not is_windows(folder) and _repeats_in(_name(folder)) == one.get("num_repeats", 1)
        for folder, one in zip(folders, chosen, strict=True)
    )
    return parents.pop() if fits and len(parents) == 1 else None


def _row(one: Settings, key: str, parent: str | None, language: Language) -> Row:
    folder = str(one.get("image_dir", ""))
    repeats = one.get("num_repeats", 1)
    value = shown(f"{folder} x{repeats}")
    if parent is not None:
        note = Note("folder_fits", {"name": _name(folder)}).text(language)
        return Row("subsets.image_dir", value, Outcome.TRANSLATED, key, parent, note)
    option = "--reg" if key == "data.regularisation" else "--images"
    values = {"folder": shown(folder), "wanted": _wanted(one), "option": option}
    note = Note("folder_to_make", values).text(language)
    return Row("subsets.image_dir", value, Outcome.NO_COUNTERPART, None, None, note)


def _wanted(one: Settings) -> str:
    """The name that a subset's folder would have in our layout."""
    name = _name(str(one.get("image_dir", "")))
    plain = str(one.get("class_tokens") or "") or _REPEATS.sub("", name, count=1)
    return shown(f"{one.get('num_repeats', 1)}_{plain or 'name'}")


def _name(folder: str) -> str:
    return PureWindowsPath(folder).name if is_windows(folder) else PurePosixPath(folder).name


def _repeats_in(name: str) -> int | None:
    found = _REPEATS.match(name)
    return int(found[1]) if found and len(found[1]) < 10 else None


def _table(value: Any) -> Settings:
    return dict(value) if isinstance(value, dict) else {}


def _tables(value: Any) -> list[Settings]:
    return [dict(one) for one in value if isinstance(one, dict)] if isinstance(value, list) else []

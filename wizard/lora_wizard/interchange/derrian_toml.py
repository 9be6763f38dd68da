"""The TOML that today's LoRA_Easy_Training_Scripts saves: tables of arguments, and subsets. Pure.

Options have the names of sd-scripts, in tables such as `[network_args.args]`; folders of pictures
stand at `[[subsets]]`. Traps: 0 and false never arrive at the trainer, so that its own default
counts; what a file leaves out is as its window shows it. Source: `main_ui_files` of the window and
`utils/validation.py` of the backend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lora_wizard.interchange import lycoris, sd_scripts
from lora_wizard.interchange.converting import integer, number
from lora_wizard.interchange.sd_dataset import PLACE_KEYS
from lora_wizard.interchange.sd_names import LOST, MACHINERY
from lora_wizard.interchange.table import (
    Converter,
    Entry,
    Found,
    Source,
    Table,
    entry,
    idle,
    lost,
    names,
    translated,
)

ZERO_TOO = ("", None, 0, False)
_RESTARTS = "CosineAnnealingWarmRestarts"


def _kind(value: Any, source: Source) -> Found:
    """A switch for LoRA-FA."""
    return lost("no_such_network", value="LoRA-FA") if value is True else idle("unset")


def _own_schedule(value: Any, source: Source) -> Found:
    """A class of its own for the schedule: the one that starts anew has a name here."""
    if str(value).endswith(f".{_RESTARTS}"):
        return translated("cosine_with_restarts", "near_schedule", name=_RESTARTS)
    return lost("no_such_scheduler", value=str(value).rpartition(".")[2][:40])


def _schedule_arguments(value: Any, source: Source) -> Found:
    return lost() if value else idle("unset")


_WINDOW: Mapping[str, Any] = {
    "network_dim": 32,
    "network_alpha": 16.0,
    "learning_rate": 1e-4,
    "lr_scheduler": "cosine",
    "optimizer_type": "AdamW",
    "seed": 23,
    "max_token_length": 225,
    "mixed_precision": "fp16",
    "save_precision": "fp16",
    "caption_extension": ".txt",
    "shuffle_caption": False,
    "keep_tokens": 0,
    "enable_bucket": False,
    "resolution": 512,
}
"""What the window shows where a file says nothing."""


def _entry(one: Entry) -> Entry:
    """An option of sd-scripts, whose 0 and false are left out."""
    return replace(one, unset=ZERO_TOO, absent=_WINDOW.get(one.keys[0]))


ENTRIES: tuple[Entry, ...] = (
    *map(_entry, sd_scripts.TABLE.entries),
    entry("batch_size", "training.batch_size", integer, unset=ZERO_TOO),
    entry("warmup_ratio", "training.warmup_ratio", number, unset=ZERO_TOO, otherwise=0),
    entry("lr_scheduler_type", "training.scheduler", _own_schedule),
)
OWN: Mapping[str, Converter] = {
    **sd_scripts.TABLE.own,
    "fa": _kind,
    "lr_scheduler_args": _schedule_arguments,
}
WINDOW = names(
    """
    easy_name name save_toml save_toml_location tag_file_location tag_occurrence
    tag_occurrence_location
    """
)
"""Settings of the window itself."""

TABLE = Table(
    ENTRIES,
    {key: convert for key, convert in OWN.items() if key != "lr_scheduler_type"},
    MACHINERY | WINDOW,
    LOST,
)


def flatten(data: Mapping[str, Any]) -> dict[str, Any]:
    """The options of all tables, and those of the first subset that is no regularisation."""
    flat: dict[str, Any] = {}
    for name, table in data.items():
        if name in ("subsets", "train_mode"):
            continue
        if not isinstance(table, dict):
            flat[name] = table
            continue
        for part, inner in table.items():
            if part in ("args", "dataset_args") and isinstance(inner, dict):
                flat |= inner
            else:
                flat[f"{name}.{part}"] = inner
    flat |= _of_subsets(data)
    spread = sd_scripts.spread_arguments(flat)
    if lycoris.is_lycoris(spread) and lycoris.is_plain(spread):
        spread = lycoris.gathered(spread)
    return spread


def _of_subsets(data: Mapping[str, Any]) -> dict[str, Any]:
    subsets = _subsets(data)
    trained = [one for one in subsets if one.get("is_reg") is not True] or subsets
    first = trained[0] if trained else {}
    return {key: value for key, value in first.items() if key not in (*PLACE_KEYS, "name")}


def _subsets(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = data.get("subsets")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def as_dataset(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The folders, as a dataset of sd-scripts has them."""
    return {"datasets": [{"subsets": _subsets(data)}]}


def defaults(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the window shows beyond the table, by what else the file says."""
    flat = flatten(data)
    found = {} if flat.get("sdxl") or flat.get("v2") else {"clip_skip": 2}
    if not (flat.get("max_train_epochs") or flat.get("max_train_steps")):
        found["max_train_epochs"] = 1
    return found


def is_derrian_toml(data: Mapping[str, Any]) -> bool:
    """Whether a TOML file looks like one of the window."""
    if "datasets" in data:
        return False
    tables = [
        table for name, table in data.items() if name.endswith("_args") and isinstance(table, dict)
    ]
    nested = any({"args", "dataset_args"} & set(table) for table in tables)
    return nested or bool(_subsets(data)) or "train_mode" in data

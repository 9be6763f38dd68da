"""What becomes of another program's file: a recipe, and a row for each of its settings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lora_wizard.recipe import Recipe


class Outcome(StrEnum):
    """What became of one setting."""

    TAKEN = "taken"
    """As it is; at most under another name."""
    TRANSLATED = "translated"
    """The same meaning in other words: percent as a share, `float` as `fp32`."""
    DEFAULT = "default"
    """Unset or not in force there, or the same as our default."""
    NO_COUNTERPART = "no_counterpart"
    """There is nothing like it here."""
    REFUSED = "refused"
    """A secret, something to be run, or a value that cannot be used."""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting of the file."""

    source_key: str
    """Its name in the file, such as `network_args.conv_dim`."""
    source_value: str
    """Its value, short and printable; hidden where it is a secret, empty where it is not there."""
    outcome: Outcome
    recipe_key: str | None
    """The recipe's dotted key that it decides; None where it decides none."""
    value: Any
    """What stands under `recipe_key` now; None without one."""
    note: str
    """Why, in a sentence; may be empty."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A file of another program as a recipe."""

    recipe: Recipe
    """What was not taken has its default."""
    format: str
    """The program and the version of its file, in words."""
    rows: tuple[Row, ...]
    """In the order of the file; then what the file leaves out and means all the same."""
    warnings: tuple[str, ...] = ()
    """What has to be known of the file as a whole: that it is only a part of one."""

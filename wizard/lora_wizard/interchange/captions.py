"""Captions in sd-scripts' words, in both directions. Pure.

All formats share these names.
"""

from __future__ import annotations

from typing import Any

from lora_wizard.interchange.converting import as_number, flag, integer, unfit, words
from lora_wizard.interchange.table import Entry, Found, Source, entry, lost, taken
from lora_wizard.recipe import Recipe

_LENGTHS = (75, 150, 225)
_OFF = ("", None, 0, False)


def _length(value: Any, source: Source) -> Found:
    found = as_number(value)
    if found is None:
        return unfit(value, "not_a_number")
    return taken(int(found)) if found in _LENGTHS else lost()


KEPT_SEPARATOR = "|||"
"""What divides kept tags from those that are shuffled, in captions here."""

SUBSET: tuple[Entry, ...] = (
    entry("enable_wildcard", "data.wildcards", flag),
    entry("caption_prefix", "data.caption_prefix", words),
    entry("caption_suffix", "data.caption_suffix", words),
    entry("caption_dropout_every_n_epochs", "data.caption_dropout_every_epochs", integer,
          unset=_OFF),
)  # fmt: skip
"""Also in a dataset TOML."""

ENTRIES: tuple[Entry, ...] = (
    entry("max_token_length max_clip_token_length", "data.caption_tokens", _length),
    *SUBSET,
)


def exported(recipe: Recipe) -> dict[str, Any]:
    """The options that a dataset TOML may hold, too; what is off is left out."""
    data = recipe.data
    found = {
        "enable_wildcard": data.wildcards,
        "caption_prefix": data.caption_prefix,
        "caption_suffix": data.caption_suffix,
        "caption_dropout_every_n_epochs": data.caption_dropout_every_epochs,
    }
    return {key: value for key, value in found.items() if value}


def length_exported(recipe: Recipe) -> dict[str, Any]:
    """The option for long captions; left out there it means 75."""
    length = recipe.data.caption_tokens
    return {} if length == _LENGTHS[0] else {"max_token_length": length}

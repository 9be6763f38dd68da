"""The words of the questions: one catalogue a language, looked up by key.

Refuses to fall back to another language: a missing text is a bug, and a test finds it.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from lora_wizard.language import LANGUAGES, Language

__all__ = ["LANGUAGES", "Language", "catalogue", "text"]


def text(key: str, language: Language = "en", **values: object) -> str:
    """The text of a dotted key, such as `network.rank.title`, with `{name}` filled in.

    Raises:
        KeyError: the catalogue has no such text, or a value for it is missing.
    """
    found = catalogue(language)[key]
    return found.format(**values) if values else found


@cache
def catalogue(language: Language) -> dict[str, str]:
    """Every text of a language by its dotted key."""
    source = files(__package__).joinpath("texts", f"{language}.toml")
    return dict(_flat(tomllib.loads(source.read_text(encoding="utf-8"))))


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Texts with their dotted keys; lines of one text are joined as written."""
    found = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, str(value).strip()))
    return found

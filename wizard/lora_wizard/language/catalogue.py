"""Texts by dotted keys, read once from TOML files.

Refuses to fall back to another language: a text that is missing is a bug, and a test finds it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from lora_wizard.language.choice import LANGUAGES, Language

_ENDING = ".toml"
_OWN = "lora_wizard.language"


def text(key: str, language: Language = "en", /, **values: object) -> str:
    """The text of `key` with the placeholders of `values` filled in.

    Args:
        key: The area, then the tables of its catalogue: `advice.rank_one.title`.
        language: Of the catalogue.
        **values: What `{name}` in the text stands for, as `str.format` writes it.

    Raises:
        KeyError: There is no such text, or it has a placeholder that `values` lacks.
    """
    return text_of(_OWN, key, language, **values)


def text_of(package: str, key: str, language: Language, /, **values: object) -> str:
    """As `text`, from the catalogues that lie in another package."""
    area, _, rest = key.partition(".")
    return catalogue(area, language, package)[rest].format(**values)


@cache
def catalogue(area: str, language: Language, package: str = _OWN) -> Mapping[str, str]:
    """Every text of an area by its dotted key, without the area's own name.

    Args:
        area: The catalogue's name.
        language: Of the catalogue.
        package: Where the catalogues lie; this one unless another program has its own.

    Raises:
        FileNotFoundError: There is no such catalogue.
    """
    source = files(package).joinpath(f"{area}.{language}{_ENDING}")
    return dict(_flat(tomllib.loads(source.read_text(encoding="utf-8"))))


def areas(package: str = _OWN) -> tuple[str, ...]:
    """Every area of a package that has a catalogue in some language, sorted."""
    endings = tuple(f".{language}{_ENDING}" for language in LANGUAGES)
    names = [file.name for file in files(package).iterdir() if file.name.endswith(endings)]
    return tuple(sorted({name.split(".", 1)[0] for name in names}))


def _flat(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((prefix + key, str(value).strip("\n")))
    return found

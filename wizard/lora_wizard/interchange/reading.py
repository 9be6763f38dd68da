"""A file of another program as plain data: JSON or TOML, and nothing else.

Refuses whatever could run something when read, such as pickles and YAML, and anything huge.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lora_wizard.errors import RecipeError
from lora_wizard.files import read_regular
from lora_wizard.parsing import ParseError, parse_json, parse_toml

LARGEST = 2_000_000
"""Bytes; settings are a few thousand."""

_ADVICE = "Give a settings file of another trainer: JSON or TOML"


def read_data(path: Path) -> tuple[dict[str, Any], bool]:
    """The file's settings, and whether it is JSON.

    Raises:
        RecipeError: it cannot be read, or is neither JSON nor TOML.
    """
    where = str(path)
    try:
        text = read_regular(path, most=LARGEST).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecipeError(f"cannot be read: {reason}", where=where, fix="Check the path") from error
    except UnicodeDecodeError as error:
        raise RecipeError("is not a text in UTF-8", where=where, fix=_ADVICE) from error
    is_json = text.lstrip()[:1] in ("{", "")
    try:
        data = parse_json(text) if is_json else parse_toml(text)
    except ParseError as error:
        raise RecipeError(str(error), where=where, fix=_ADVICE) from error
    if not isinstance(data, dict):
        raise RecipeError("holds no settings by name", where=where, fix=_ADVICE)
    return data, is_json

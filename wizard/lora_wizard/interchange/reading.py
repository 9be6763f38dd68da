"""A file of another program as plain data: JSON or TOML, and nothing else.

Refuses whatever could run something when read, such as pickles and YAML, and anything huge.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from lora_wizard.errors import RecipeError

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
        if path.stat().st_size > LARGEST:
            raise RecipeError("is too big for a file of settings", where=where, fix=_ADVICE)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecipeError(f"cannot be read: {reason}", where=where, fix="Check the path") from error
    except UnicodeDecodeError as error:
        raise RecipeError("is not a text in UTF-8", where=where, fix=_ADVICE) from error
    is_json = text.lstrip()[:1] in ("{", "")
    try:
        data = json.loads(text) if is_json else tomllib.loads(text)
    except RecursionError as error:
        raise RecipeError("is nested too deeply", where=where, fix=_ADVICE) from error
    except ValueError as error:  # of both readers, and of numbers without end
        kind = "JSON" if is_json else "TOML"
        raise RecipeError(f"is not {kind}: {error}", where=where, fix=_ADVICE) from error
    if not isinstance(data, dict):
        raise RecipeError("holds no settings by name", where=where, fix=_ADVICE)
    return data, is_json

"""Ways to look at an import that several tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lora_wizard.interchange import Imported, Row, read_foreign

FILES = Path(__file__).parent / "files"


def imported(name: str, **options: Any) -> Imported:
    """One of the files beside the tests."""
    return read_foreign(FILES / name, **options)


def from_json(folder: Path, **settings: Any) -> Imported:
    """A JSON file with these settings."""
    path = folder / "settings.json"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return read_foreign(path)


def from_toml(folder: Path, text: str) -> Imported:
    """A TOML file with this text."""
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return read_foreign(path)


def row(found: Imported, key: str) -> Row:
    """The row of a key; there is only one."""
    (only,) = [one for one in found.rows if one.source_key == key]
    return only

"""Rows of `judgements.jsonl`: one JSON object a judged picture, always the same bytes for it.

Numbers are kept to five digits: what two machines, or two orders of work, compute in the last
bits differs, and must not make the file differ.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from lora_eval.judged import JudgedPicture, JudgedWith
from lora_wizard.atomic import atomic_write
from lora_wizard.files import open_unlinked, read_regular

JUDGEMENTS = "judgements.jsonl"
JUDGED_WITH = "judged-with.json"
_DIGITS = 5
_LARGEST = 1 << 30
"""Bytes of a file of rows: some hundred thousand pictures."""
_ROW = TypeAdapter(JudgedPicture)
_WITH = TypeAdapter(JudgedWith)


def row_to_line(row: JudgedPicture) -> str:
    """One line with its newline."""
    values = _ROW.dump_python(row, mode="json")
    asked = values["picture"]  # not measured: as in the manifest, to the last digit
    return json.dumps({**_rounded(values), "picture": asked}, ensure_ascii=False) + "\n"


def rounded_row(row: JudgedPicture) -> JudgedPicture:
    """The row as it is read back after it was written."""
    return _ROW.validate_json(row_to_line(row))


def read_rows(path: Path) -> tuple[dict[str, JudgedPicture], int]:
    """Rows by their pictures' files, and how many lines were no rows.

    A last line without its newline is a torn one and left out. Of two rows of one picture the
    later one holds. No file, no rows.

    Raises:
        OSError: the file is there, and cannot be read.
    """
    try:
        content = read_regular(path, most=_LARGEST, follow=False)
    except FileNotFoundError:
        return {}, 0
    whole, _, _ = content.rpartition(b"\n")
    rows: dict[str, JudgedPicture] = {}
    damaged = 0
    for line in whole.splitlines():
        try:
            row = _ROW.validate_json(line)
        except ValidationError:
            damaged += 1
        else:
            rows[row.picture.file] = row
    return rows, damaged


def write_rows(path: Path, rows: Iterable[JudgedPicture]) -> None:
    """Replaces the file as a whole."""
    atomic_write(path, "".join(row_to_line(row) for row in rows))


def append_rows(path: Path, rows: Iterable[JudgedPicture]) -> None:
    """Adds rows in one write, so that a kill tears the last of them at most."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    with os.fdopen(open_unlinked(path, flags), "ab") as file:
        file.write("".join(row_to_line(row) for row in rows).encode())


def judged_with_to_text(judged_with: JudgedWith) -> str:
    """As it stands in `judged-with.json`."""
    values = _rounded(_WITH.dump_python(judged_with, mode="json"))
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def read_judged_with(path: Path) -> JudgedWith | None:
    """What the rows beside it were made with; None where that is not known.

    Raises:
        OSError: the file is there, and cannot be read.
    """
    try:
        return _WITH.validate_json(read_regular(path, most=_LARGEST, follow=False))
    except (FileNotFoundError, ValidationError):
        return None


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS) + 0.0  # -0.0 becomes 0.0
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return value

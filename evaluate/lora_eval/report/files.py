"""The report as files for other programs: JSON with a version, and one row a picture as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lora_eval.errors import PicturesError
from lora_eval.judged import JudgedFolder
from lora_eval.language import Language, text
from lora_eval.report.summary import Summary
from lora_wizard.atomic import atomic_write
from lora_wizard.output import json_text, printable

FORMAT = 2
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that spreadsheets compute; the wide ones are Japanese keyboards'."""
_DIGITS = 6


def to_json(summary: Summary) -> str:
    """The whole summary; the same one always gives the same bytes."""
    table = {"format": FORMAT, **_rounded(asdict(summary))}
    return json_text(table, indent=1) + "\n"


def to_csv(folders: Sequence[JudgedFolder]) -> str:
    """One row a picture: what it is, and each judge's outcome and score.

    A spreadsheet would compute what begins with =, +, -, @, a tab or a line end: a text that does
    gets a ' before it. Numbers stay numbers.
    """
    judges = list(
        dict.fromkeys(
            each.judge for folder in folders for row in folder.rows for each in row.judgements
        )
    )
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = ["folder", "file", "contender", "prompt_id", "prompt", "seed", "strength",
               "likeness", "problem"]  # fmt: skip
    writer.writerow([*columns, *(name for judge in judges for name in (judge, f"{judge}_score"))])
    for folder in folders:
        for row in folder.rows:
            picture = row.picture
            values: list[object] = [
                folder.folder, picture.file, picture.contender, picture.prompt_id, picture.prompt,
                picture.seed, f"{picture.strength:g}", _text(row.likeness), row.problem,
            ]  # fmt: skip
            for judge in judges:
                found = row.by(judge)
                outcome = found.outcome if found and found.applies else found and "not applicable"
                values += [outcome, _text(found.score)] if found else ["", ""]
            writer.writerow([_cell(value) for value in values])
    return stream.getvalue()


def write(path: Path, content: str, language: Language = "en") -> None:
    """Writes a file of the report, over an older one.

    Raises:
        PicturesError: the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half a surrogate pair, as of a folder's name that is not UTF-8, becomes its escape.
        atomic_write(path, content.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        what = text("report.error.not_written", language, reason=error.strerror or error)
        fix = text("report.error.not_written_fix", language)
        raise PicturesError(what, where=str(path), fix=fix) from error


def _cell(value: object) -> object:
    """Text from files on one line, and no formula for a spreadsheet; numbers as they are."""
    if not isinstance(value, str) or not value or _is_number(value):
        return value
    shown = printable(value)
    computed = shown.startswith(_FORMULA) or value[0] in "\t\r\n"
    return f"'{shown}" if computed else shown


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value

"""The report as files for other programs: JSON with a version, and one row a picture as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lora_eval.errors import PicturesError
from lora_eval.judged import JudgedFolder
from lora_eval.report.summary import Summary
from lora_wizard.atomic import atomic_write
from lora_wizard.output import printable

FORMAT = 1
_DIGITS = 6
_FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that spreadsheets compute; the wide ones are Japanese keyboards'."""


def to_json(summary: Summary) -> str:
    """The whole summary; the same one always gives the same bytes."""
    table = {"format": FORMAT, **_rounded(asdict(summary))}
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


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
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ["folder", "file", "contender", "prompt_id", "prompt", "seed", "strength",
               "likeness", "problem"]  # fmt: skip
    writer.writerow([*columns, *(name for judge in judges for name in (judge, f"{judge}_score"))])
    for folder in folders:
        for row in folder.rows:
            picture = row.picture
            values: list[object] = [
                *map(_no_formula, (printable(folder.folder), picture.file, picture.contender,
                                   picture.prompt_id, picture.prompt)),
                picture.seed, f"{picture.strength:g}", _text(row.likeness),
                _no_formula(row.problem),
            ]  # fmt: skip
            for judge in judges:
                found = row.by(judge)
                outcome = found.outcome if found and found.applies else found and "not applicable"
                values += [outcome, _text(found.score)] if found else ["", ""]
            writer.writerow(values)
    return text.getvalue()


def write(path: Path, content: str) -> None:
    """Writes a file of the report, over an older one.

    Raises:
        PicturesError: the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half a surrogate pair, as of a folder's name that is not UTF-8, becomes its escape.
        atomic_write(path, content.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise PicturesError(what, where=str(path), fix="Choose another folder by --to") from error


def _no_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula, its line ends as the file's."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{text}" if text.startswith(_FORMULA) else text


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

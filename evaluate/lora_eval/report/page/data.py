"""What the page's script works on: contenders, judges and pictures, as plain lists."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from lora_eval.judged import JudgedFolder, JudgedPicture
from lora_eval.judgement import Judgement
from lora_eval.language import PACKAGE
from lora_eval.report.page.thumbnails import thumbnail
from lora_eval.report.summary import Summary
from lora_wizard.language import catalogue
from lora_wizard.output import printable

_CODES = {"yes": 1, "no": 0, "unknown": -1}
_NOT_APPLICABLE = -2


WORDS = (
    "matrix", "seed", "strength", "yes", "no", "unknown", "not_asked", "no_picture",
    "pictures_count", "pictures_count_one", "likeness_value",
)  # fmt: skip
"""What the script writes; `{...}` in them is filled in by it."""


def page_data(summary: Summary, folders: Sequence[JudgedFolder]) -> dict[str, Any]:
    """Everything in the order of the report, with every steering character as an escape."""
    judges = [judge.name for judge in summary.judges]
    texts = catalogue("report", summary.language, PACKAGE)
    found = {
        "judges": [
            {"name": each.name, "title": each.title, "main": each.importance == "main",
             "about": each.definition, "sure": each.reliability}
            for each in summary.judges
        ],
        "contenders": [{"id": each.id, "label": each.label} for each in summary.contenders],
        "words": {name: texts[f"page.{name}"] for name in WORDS},
    }  # fmt: skip
    return {**_cleaned(found), "pictures": _pictures(summary, folders, judges)}


def place_of(
    data: dict[str, Any], summary: Summary, contender: str, prompt: str, seed: int
) -> int | None:
    """Where in the pictures one is, at the report's strength (the base's at its own)."""
    number = [each.id for each in summary.contenders].index(contender)
    wanted = 0.0 if summary.contenders[number].is_base else summary.suite.strength
    key = (number, printable(prompt), seed, wanted)
    return next(
        (at for at, each in enumerate(data["pictures"])
         if (each["c"], each["id"], each["seed"], each["strength"]) == key),
        None,
    )  # fmt: skip


def _pictures(
    summary: Summary, folders: Sequence[JudgedFolder], judges: Sequence[str]
) -> list[dict[str, Any]]:
    found, seen = [], set()
    home = Path(folders[0].folder) if folders else Path()
    for number, contender in enumerate(summary.contenders):
        for source in contender.sources:
            folder = folders[source.folder]
            for row in folder.rows:
                key = (number, row.picture.key)
                if row.picture.contender == source.contender and key not in seen:
                    seen.add(key)
                    found.append(_picture(row, number, Path(folder.folder), home, judges))
    return found


def _picture(
    row: JudgedPicture, contender: int, folder: Path, home: Path, judges: Sequence[str]
) -> dict[str, Any]:
    picture = row.picture
    said = {
        "c": contender,
        "id": picture.prompt_id,
        "prompt": picture.prompt,
        "seed": picture.seed,
        "strength": picture.strength,
        "file": picture.file,
        "like": row.likeness,
        "problem": row.problem,
        "judged": [_judgement(row.by(judge)) for judge in judges],
    }
    file = folder / picture.file
    return {**_cleaned(said), "href": _link(file, home), "thumb": thumbnail(file)}


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _cleaned(each) for name, each in value.items()}
    return [_cleaned(each) for each in value] if isinstance(value, list | tuple) else value


def _judgement(found: Judgement | None) -> list[Any]:
    """Outcome (1, 0, -1, and -2 where the prompt leaves nothing to decide), score, reason, detail,
    boxes as (label, left, top, right, bottom)."""
    if found is None:
        return [-1, None, "Not judged.", "", []]
    boxes = [[each.label, *(round(side, 4) for side in each.box)] for each in found.boxes]
    code = _CODES[found.outcome] if found.applies else _NOT_APPLICABLE
    return [code, found.score, found.reason, found.detail, boxes]


def _link(path: Path, home: Path) -> str:
    """Relative to the page, so that both can be moved together."""
    relative = Path(os.path.relpath(path.resolve(), home.resolve())).as_posix()
    return quote_from_bytes(os.fsencode(relative))

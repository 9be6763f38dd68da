"""Labels: what people say pictures show. A plain TSV, one line a picture, judge and labeller."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from lora_eval.errors import LabelError, Problem
from lora_eval.judges import JUDGES
from lora_wizard.atomic import atomic_write

Answer = Literal["yes", "no", "unsure"]
COLUMNS = ("file", "judge", "label", "labeller", "date")
LABELS = "labels.tsv"
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Label:
    """One person's answer about one failure in one picture."""

    file: str
    """Relative to the folder, as in its manifest."""
    judge: str
    label: Answer
    labeller: str
    """Initials."""
    date: str = ""
    """As 2026-11-24."""


def read_labels(path: Path) -> tuple[Label, ...]:
    """The labels in a file.

    Raises:
        LabelError: it cannot be read, or lines are not right; all of them together.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fix = "Make labels with: lora-eval label DIR"
        raise LabelError(f"cannot be read ({error})", where=str(path), fix=fix) from error
    rows = list(csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or tuple(rows[0]) != COLUMNS:
        fix = f"Its first line is: {' '.join(COLUMNS)}, with tabs between"
        raise LabelError("has other columns", where=str(path), fix=fix)
    labels, problems = [], []
    for number, row in enumerate(rows[1:], start=2):
        if not row:
            continue
        problem = _problem(row)
        if problem:
            problems.append(Problem(f"line {number}", *problem))
        else:
            file, judge, label, labeller, date = row
            labels.append(Label(file, judge, cast(Answer, label), labeller, date))
    problems += _twice(labels)
    if problems:
        more = [Problem("", f"and {len(problems) - _SHOWN} more", "")] * (len(problems) > _SHOWN)
        shown = [*problems[:_SHOWN], *more]
        raise LabelError("These labels cannot be used:", where=str(path), problems=shown)
    return tuple(labels)


def write_labels(path: Path, labels: Iterable[Label]) -> None:
    """Writes labels, whole or not at all, in an order that does not depend on how they came.

    Raises:
        LabelError: the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", quoting=csv.QUOTE_NONE, lineterminator="\n")
    writer.writerow(COLUMNS)
    order = {name: place for place, name in enumerate(JUDGES)}
    writer.writerows(
        astuple(each)
        for each in sorted(
            labels, key=lambda label: (label.file, order.get(label.judge, 99), label.labeller)
        )
    )
    try:
        atomic_write(path, text.getvalue())
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise LabelError(what, where=str(path), fix="Make room, or allow writing") from error


def agreed(labels: Sequence[Label]) -> dict[tuple[str, str], bool]:
    """By file and judge, what all labellers agree on; unsure and disputed ones are left out."""
    answers: dict[tuple[str, str], set[str]] = {}
    for each in labels:
        answers.setdefault((each.file, each.judge), set()).add(each.label)
    return {key: said == {"yes"} for key, said in answers.items() if said in ({"yes"}, {"no"})}


def _problem(row: list[str]) -> tuple[str, str] | None:
    if len(row) != len(COLUMNS):
        return f"has {len(row)} columns", f"Write {len(COLUMNS)}, with tabs between"
    file, judge, label, labeller, _ = row
    if not file:
        return "names no file", "Write it as in the manifest"
    if judge not in JUDGES:
        near = difflib.get_close_matches(judge, JUDGES, n=1)
        fix = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(JUDGES)}"
        return f'there is no judge "{judge}"', fix
    if label not in get_args(Answer):
        return f'"{label}" is no label', "Write yes, no or unsure"
    return None if labeller else ("has no labeller", "Write initials")


def _twice(labels: Sequence[Label]) -> list[Problem]:
    seen: dict[tuple[str, str, str], str] = {}
    problems = []
    for each in labels:
        key = (each.file, each.judge, each.labeller)
        if seen.setdefault(key, each.label) != each.label:
            what = f"{each.labeller} says both {seen[key]} and {each.label} to {each.judge}"
            problems.append(Problem(each.file, what, "Keep one"))
    return problems

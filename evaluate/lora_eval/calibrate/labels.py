"""Labels: what people say pictures show. A plain TSV, one line a picture, judge and labeller."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from lora_eval.errors import LabelError, Problem
from lora_eval.judges import JUDGES
from lora_wizard.atomic import atomic_write
from lora_wizard.files import read_regular

Answer = Literal["yes", "no", "unsure"]
COLUMNS = ("file", "judge", "label", "labeller", "date")
LABELS = "labels.tsv"
_SHOWN = 12
_LARGEST = 64 << 20
"""Bytes of a file of labels."""
_LONGEST = 4096
"""Letters of a field: what a path may have."""


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
        text = read_regular(path, most=_LARGEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        fix = "Make labels with: lora-eval label DIR"
        raise LabelError(f"cannot be read ({reason})", where=str(path), fix=fix) from error
    lines = re.split(r"\r\n|\r|\n", text)
    rows = [line.split("\t") if line else [] for line in lines]
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
    order = {name: place for place, name in enumerate(JUDGES)}
    ordered = sorted(
        labels, key=lambda label: (label.file, order.get(label.judge, 99), label.labeller)
    )
    rows = [COLUMNS, *(astuple(each) for each in ordered)]
    unfit = [field for row in rows for field in row if not _fits_in_a_field(field)]
    if unfit:
        what = f'a field of it cannot hold "{unfit[0][:_LONGEST]}"'
        fix = "Rename the file: no tabs, line ends or letters that are not UTF-8"
        raise LabelError(what, where=str(path), fix=fix)
    try:
        atomic_write(path, "".join("\t".join(row) + "\n" for row in rows))
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise LabelError(what, where=str(path), fix="Make room, or allow writing") from error


def agreed(labels: Sequence[Label]) -> dict[tuple[str, str], bool]:
    """By file and judge, what all labellers agree on; unsure and disputed ones are left out."""
    answers: dict[tuple[str, str], set[str]] = {}
    for each in labels:
        answers.setdefault((each.file, each.judge), set()).add(each.label)
    return {key: said == {"yes"} for key, said in answers.items() if said in ({"yes"}, {"no"})}


def _fits_in_a_field(text: str) -> bool:
    """Whether a text comes back as it is out of a field of a TSV file."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return len(text) <= _LONGEST and not re.search(r"[\t\r\n]", text)


def _problem(row: list[str]) -> tuple[str, str] | None:
    if any(len(field) > _LONGEST for field in row):
        return f"has a field of more than {_LONGEST:,} letters", "Delete the line"
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

"""A calibration's result: rows of quality, as JSON with stable bytes and as a Markdown table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lora_eval.calibrate.known import AIM, FORMAT
from lora_eval.calibrate.measures import Interval, Quality
from lora_eval.judges import registered

Part = Literal["held out", "tuned on", "constructed", "held out, as proposed"]
"""The last: the held-out half with the proposed thresholds, which no held-out picture chose."""


@dataclass(frozen=True, slots=True)
class Row:
    """One judge on one part of the pictures."""

    judge: str
    part: Part
    quality: Quality


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything that came out."""

    detector: str
    detector_version: str
    clip_version: str
    tagger_version: str
    thresholds_version: int
    thresholds_sha256: str
    rows: tuple[Row, ...]
    proposed: Mapping[str, Mapping[str, float]]
    """By judge, thresholds that do better on the pictures tuned on; empty where none do."""
    groups: Mapping[str, Sequence[str]]
    """The LoRAs of each half."""


def to_json(found: Calibration) -> str:
    """The result as JSON; not-a-number becomes null."""
    table: dict[str, Any] = {
        "format": FORMAT,
        "detector": found.detector,
        "detector_version": found.detector_version,
        "clip_version": found.clip_version,
        "tagger_version": found.tagger_version,
        "thresholds_version": found.thresholds_version,
        "thresholds_sha256": found.thresholds_sha256,
        "halves": {name: list(groups) for name, groups in found.groups.items()},
        "rows": [_row(row) for row in found.rows],
    }
    return json.dumps(table, indent=1, ensure_ascii=False) + "\n"


def to_markdown(found: Calibration) -> str:
    """A table of the held-out and the constructed pictures for the README."""
    lines = [
        "| failure | pictures | with it | precision | recall | F1 | kappa | decided |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for part, title in (
        ("held out", "made by the model with LoRAs, held-out half"),
        ("constructed", "constructed"),
    ):
        rows = [row for row in found.rows if row.part == part and row.quality.positives]
        if rows:
            lines.append(f"| **{title}** | | | | | | | |")
        lines += [_line(row) for row in rows]
    lines.append("")
    lines.append(
        f"Detector `{found.detector}`, thresholds version {found.thresholds_version}. 95 % "
        "intervals: Wilson for precision and recall, bootstrap over LoRAs (constructed: over "
        "pictures) for F1 and kappa, by Wilson's where no mistake was made. A failure on which a "
        "judge says nothing counts as missed. Staged: drawn with words that make the failure."
    )
    return "\n".join(lines)


def _line(row: Row) -> str:
    q = row.quality
    short = "" if math.isnan(q.f1.value) or q.f1.value >= AIM else " (short of 0.9)"
    cells = [
        registered()[row.judge].title,
        str(q.pictures),
        f"{q.positives} ({q.staged_positives} staged)" if q.staged_positives else str(q.positives),
        _words(q.precision),
        _words(q.recall),
        _words(q.f1) + short,
        _words(q.kappa),
        "–" if math.isnan(q.coverage) else f"{q.coverage:.0%}".replace("%", " %"),
    ]
    return f"| {' | '.join(cells)} |"


def _words(share: Interval) -> str:
    if math.isnan(share.value):
        return "–"
    if math.isnan(share.low):
        return f"{share.value:.2f}"
    return f"{share.value:.2f} ({share.low:.2f}–{share.high:.2f})"


def _row(row: Row) -> dict[str, Any]:
    q = row.quality
    counts = ("pictures", "positives", "groups", "right_yes", "wrong_yes", "missed", "right_no",
              "unknown", "not_applicable", "staged_positives")  # fmt: skip
    shares = ("precision", "recall", "specificity", "f1", "kappa")
    return (
        {"judge": row.judge, "part": row.part}
        | {name: getattr(q, name) for name in counts}
        | {name: _numbers(getattr(q, name)) for name in shares}
        | {"pabak": _numbers(Interval(q.pabak))[0]}
    )


def _numbers(share: Interval) -> list[float | None]:
    values = (share.value, share.low, share.high)
    return [None if math.isnan(value) else round(value, 4) for value in values]

"""The page's first table as plain values: a cell is a rate with its bar."""

from __future__ import annotations

from dataclasses import dataclass

from lora_eval.language import text
from lora_eval.report.numbers import percent, span
from lora_eval.report.results import Comparison, Rate
from lora_eval.report.summary import JudgeFacts, Summary

WIDTH = 100
"""Of a bar, in its own units: per cent."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One contender's rate of one failure."""

    share: str
    interval: str
    counts: str
    low: float
    """The interval's and the rate's places on the bar, 0..100."""
    high: float
    at: float
    verdict: str
    """Against the other LoRAs."""
    known: bool
    clear: bool = False
    """Whether the verdict is a clear difference."""


@dataclass(frozen=True, slots=True)
class Line:
    """One failure."""

    judge: JudgeFacts
    cells: tuple[Cell, ...]


def main_table(summary: Summary) -> tuple[Line, ...]:
    """Main failures, and further ones that some LoRA shows often."""
    return tuple(
        Line(judge, tuple(_cell(summary, each.id, judge.name) for each in summary.contenders))
        for judge in summary.judges_shown()
    )


def _cell(summary: Summary, contender: str, judge: str) -> Cell:
    rate = summary.rate(contender, judge)
    if rate is None or rate.rate is None or rate.wilson is None:
        if rate is not None and rate.not_applicable and not rate.total:
            note = _said(summary, "cell.not_asked_note")
            return Cell(_said(summary, "cell.not_asked"), "", note, 0, 0, 0, "", known=False)
        note = _said(summary, "cell.not_judged_note", total=rate.total if rate else 0)
        return Cell(_said(summary, "cell.not_judged"), "", note, 0, 0, 0, "", known=False)
    verdict = _verdict(summary, contender, judge)
    return Cell(
        percent(rate.rate),
        span(rate.wilson),
        _counts(summary, rate),
        WIDTH * rate.wilson.low,
        WIDTH * rate.wilson.high,
        WIDTH * rate.rate,
        verdict,
        known=True,
        clear=verdict not in ("", _said(summary, "cell.unclear")),
    )


def _counts(summary: Summary, rate: Rate) -> str:
    key = "rate.count_rest" if rate.unknown else "rate.count"
    counts = {"count": rate.count, "decided": rate.decided, "unknown": rate.unknown}
    return _said(summary, key, **counts)


def _verdict(summary: Summary, contender: str, judge: str) -> str:
    """Of the comparisons that this contender is in the first one that is clear."""
    mine = [
        each
        for each in summary.comparisons
        if each.judge == judge and contender in (each.a, each.b)
        and not _with_base(summary, each)
    ]  # fmt: skip
    for each in mine:
        if each.direction in ("a fails less", "b fails less"):
            better = each.a if each.direction == "a fails less" else each.b
            other = each.b if contender == each.a else each.a
            key = "cell.fewer" if better == contender else "cell.more"
            return _said(summary, key, other=summary.label(other))
    return _said(summary, "cell.unclear") if mine else ""


def _with_base(summary: Summary, found: Comparison) -> bool:
    return any(each.is_base and each.id in (found.a, found.b) for each in summary.contenders)


def _said(summary: Summary, key: str, **values: object) -> str:
    return text(f"report.{key}", summary.language, **values)

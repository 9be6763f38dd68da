"""The page's first table as plain values: a cell is a rate with its bar."""

from __future__ import annotations

from dataclasses import dataclass

from lora_eval.report.results import Comparison, Rate
from lora_eval.report.summary import JudgeFacts, Summary
from lora_eval.report.wording import percent, span

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
    """Against the base or the other LoRA."""
    known: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One failure."""

    judge: JudgeFacts
    cells: tuple[Cell, ...]


def main_table(summary: Summary) -> tuple[Line, ...]:
    """Main failures, and further ones that some LoRA shows in at least one picture of ten."""
    return tuple(
        Line(judge, tuple(_cell(summary, each.id, judge.name) for each in summary.contenders))
        for judge in summary.judges
        if judge.importance == "main" or _often(summary, judge.name)
    )


def _often(summary: Summary, judge: str) -> bool:
    rates = (summary.rate(each.id, judge) for each in summary.contenders if not each.is_base)
    return any(rate is not None and (rate.rate or 0) >= 0.1 for rate in rates)


def _cell(summary: Summary, contender: str, judge: str) -> Cell:
    rate = summary.rate(contender, judge)
    if rate is None or rate.rate is None or rate.wilson is None:
        if rate is not None and rate.not_applicable and not rate.total:
            return Cell("not asked for", "", "no prompt asks for it", 0, 0, 0, "", known=False)
        total = rate.total if rate else 0
        return Cell("not judged", "", f"0 of {total} decided", 0, 0, 0, "", known=False)
    return Cell(
        percent(rate.rate),
        span(rate.wilson),
        _counts(rate),
        WIDTH * rate.wilson.low,
        WIDTH * rate.wilson.high,
        WIDTH * rate.rate,
        _verdict(summary, contender, judge),
        known=True,
    )


def _counts(rate: Rate) -> str:
    text = f"{rate.count} of {rate.decided}"
    return f"{text}, {rate.unknown} not decided" if rate.unknown else text


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
            word = "fewer than" if better == contender else "more than"
            return f"{word} {summary.label(other)}"
    return "no clear difference" if mine else ""


def _with_base(summary: Summary, found: Comparison) -> bool:
    return any(each.is_base and each.id in (found.a, found.b) for each in summary.contenders)

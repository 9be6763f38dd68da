"""The page's first screen as plain values: what differs most as bars, and pictures that show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lora_eval.language import text
from lora_eval.report.numbers import percent, span, two
from lora_eval.report.page.data import place_of
from lora_eval.report.results import Interval
from lora_eval.report.summary import ContenderFacts, Summary

MOST_BARS = 8
"""The two that the headline is about are always among them."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One contender on the headline's scale."""

    label: str
    value: str
    interval: str
    low: float
    """Ends of the interval and the value itself on the scale, 0..100."""
    high: float
    at: float
    role: str
    """`better`, `worse`, `other`, or `own` for the training pictures themselves."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture that stands for the headline."""

    place: int
    """In the page's list of pictures."""
    thumb: str
    prompt: str
    value: str
    """Such as `0.48`; empty where nothing is to be said."""


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One contender's pictures, one of each prompt and seed."""

    label: str
    role: str
    pictures: tuple[Shown | None, ...]


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands beside the headline."""

    scale: str
    """What the bars measure; empty without bars."""
    bars: tuple[Bar, ...]
    caption: str
    count: str
    """In how many pairs it is so, and in how many the other way round."""
    columns: tuple[tuple[str, int], ...]
    """Prompt and seed."""
    rows: tuple[ShownRow, ...]


def lead_of(summary: Summary, data: dict[str, Any]) -> Lead:
    """The first screen.

    Args:
        summary: of the report.
        data: the page's, whose pictures are pointed at.
    """
    judge = summary.findings[0].judge if summary.findings else ""
    scale, bars = _rates(summary, judge) if judge else _likenesses(summary)
    caption, count = _captions(summary)
    shown = summary.examples
    columns = tuple((each.prompt_id, each.seed) for each in shown.pairs) if shown else ()
    return Lead(scale, bars, caption, count, columns, _rows(summary, data))


def _rates(summary: Summary, judge: str) -> tuple[str, tuple[Bar, ...]]:
    bars = []
    rates = {each.id: summary.rate(each.id, judge) for each in summary.contenders}
    top = max((each.wilson.high for each in rates.values() if each and each.wilson), default=1.0)
    for who in _chosen(summary):
        rate = rates[who.id]
        if rate is not None and rate.rate is not None and rate.wilson is not None:
            low, high, at = (
                100 * value / max(top, 0.1)
                for value in (rate.wilson.low, rate.wilson.high, rate.rate)
            )
            value, interval = percent(rate.rate), span(rate.wilson)
            bars.append(Bar(who.label, value, interval, low, high, at, _role(summary, who.id)))
    title = summary.judge_title(judge)
    return text("report.page.lead_failure", summary.language, title=title), tuple(bars)


def _likenesses(summary: Summary) -> tuple[str, tuple[Bar, ...]]:
    known = [(who, who.likeness) for who in _chosen(summary) if who.likeness is not None]
    if not known:
        return "", ()
    own = summary.judged_with.own_likeness
    ends = [end for _, mean in known for end in _ends(mean.value, mean.interval)]
    low, high = min(0.0, *ends), max([*ends, *([own] if own is not None else [])])
    width = max(high - low, 0.01)

    def place(value: float) -> float:
        return 100 * (value - low) / width

    bars = []
    for who, mean in known:
        first, last = _ends(mean.value, mean.interval)
        interval = f"{two(first)}–{two(last)}" if mean.interval else ""
        bars.append(
            Bar(
                who.label, two(mean.value), interval, place(first), place(last),
                place(mean.value), _role(summary, who.id),
            )
        )  # fmt: skip
    if own is not None:
        label = text("report.page.lead_own", summary.language)
        bars.append(Bar(label, two(own), "", place(own), place(own), place(own), "own"))
    return text("report.page.lead_likeness", summary.language), tuple(bars)


def _ends(value: float, interval: Interval | None) -> tuple[float, float]:
    return (interval.low, interval.high) if interval else (value, value)


def _chosen(summary: Summary) -> list[ContenderFacts]:
    """All, or of many the two of the headline and the first others."""
    found = list(summary.contenders)
    if len(found) <= MOST_BARS:
        return found
    named = [each for each in found if _role(summary, each.id) != "other" or each.is_base]
    others = [each for each in found if each not in named][: MOST_BARS - len(named)]
    return [each for each in found if each in named or each in others]


def _role(summary: Summary, identifier: str) -> str:
    if not summary.findings:
        return "other"
    lead = summary.findings[0]
    return {lead.a: "better", lead.b: "worse"}.get(identifier, "other")


def _captions(summary: Summary) -> tuple[str, str]:
    shown, language = summary.examples, summary.language
    if shown is None:
        return "", ""
    names = {"a": summary.label(shown.a), "b": summary.label(shown.b)}
    if not summary.findings:
        return text("report.page.examples_plain", language), ""
    counts = {"only_a": shown.only_a, "only_b": shown.only_b, "compared": shown.compared}
    kind = "failure" if shown.judge else "likeness"
    shows = next((each.shows for each in summary.judges if each.name == shown.judge), "")
    caption = text(f"report.page.examples_{kind}", language, shows=shows, **names)
    return caption, text(f"report.page.examples_count_{kind}", language, **names, **counts)


def _rows(summary: Summary, data: dict[str, Any]) -> tuple[ShownRow, ...]:
    shown = summary.examples
    if shown is None:
        return ()
    rows = []
    for identifier, side in ((shown.a, "a"), (shown.b, "b")):
        pictures = []
        for each in shown.pairs:
            place = place_of(data, summary, identifier, each.prompt_id, each.seed)
            value = getattr(each, side)
            said = two(value) if value is not None and not shown.judge else ""
            pictures.append(
                None if place is None
                else Shown(place, data["pictures"][place]["thumb"], each.prompt_id, said)
            )  # fmt: skip
        role = _role(summary, identifier)
        rows.append(ShownRow(summary.label(identifier), role, tuple(pictures)))
    return tuple(rows)

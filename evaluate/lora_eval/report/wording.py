"""What a report says, in plain words of a language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lora_eval.calibrate.known import KnownReliability
from lora_eval.judges import registered
from lora_eval.language import Language, text
from lora_eval.report.numbers import percent, points, points_between, signed, span, two
from lora_eval.report.results import EqualLikeness, Interval, Rate


@dataclass(frozen=True, slots=True)
class Words:
    """A language, and what the contenders are called in it."""

    language: Language
    labels: dict[str, str]
    """By id, as tables have them."""
    base: str = ""
    """The base's id; empty without one."""

    def __call__(self, key: str, /, **values: object) -> str:
        """A text of the report's catalogue."""
        return text(f"report.{key}", self.language, **values)

    def named(self, identifier: str) -> str:
        """A contender within a sentence; what is no contender's id (a training) as it is."""
        if identifier and identifier == self.base:
            return self("base_in_sentence")
        return self.labels.get(identifier, identifier)

    def title(self, judge: str) -> str:
        """A failure's name; likeness for the empty one."""
        if not judge:
            return self("likeness")
        return registered()[judge].titled(self.language) if judge in registered() else judge

    def capital(self, judge: str) -> str:
        """The same at the beginning of a sentence."""
        title = self.title(judge)
        return title[:1].upper() + title[1:]

    def shows(self, judge: str) -> str:
        """What a picture shows that has the failure."""
        return registered()[judge].shown_as(self.language) if judge in registered() else judge

    def comma(self, parts: Iterable[str]) -> str:
        """Names one after another."""
        return ("、" if self.language == "ja" else ", ").join(parts)

    def joined(self, sentences: Iterable[str]) -> str:
        """Sentences one after another."""
        return ("" if self.language == "ja" else " ").join(each for each in sentences if each)


def rate_sentence(words: Words, rate: Rate) -> str:
    """Such as `popup: floating head in 14 of 64 pictures (14–34 %)`."""
    label, title = words.labels[rate.contender], words.title(rate.judge)
    if not rate.total and rate.not_applicable:
        return words("rate.not_asked", label=label, title=title)
    if not rate.decided:
        return words("rate.none_decided", label=label, title=title, total=rate.total)
    rest = words("rate.not_decided", unknown=rate.unknown) if rate.unknown else ""
    return words(
        "rate.sentence",
        label=label,
        title=title,
        count=rate.count,
        decided=rate.decided,
        interval=span(rate.wilson),
        rest=rest,
    )


def reliability_sentence(words: Words, known: KnownReliability | None) -> str:
    """How often a judge is right."""
    if known is None:
        return words("reliability.unknown")
    return words(
        "reliability.sentence",
        f1=two(known.f1),
        low=two(known.f1_low),
        high=two(known.f1_high),
        pictures=known.pictures,
        positives=known.positives,
        staged=words("reliability.staged", count=known.staged) if known.staged else "",
    )


def difference_words(words: Words, judge: str, value: float, interval: Interval | None) -> str:
    """Such as `+6 points (0 to +14)`, or `+0.02 (−0.01 to +0.05)` of likeness."""
    shown = words("undecided.points", difference=points(value)) if judge else signed(value)
    if interval is None:
        return shown
    inside = interval_words(words, judge, interval)
    return words("undecided.with_interval", difference=shown, interval=inside)


def interval_words(words: Words, judge: str, interval: Interval) -> str:
    """Such as `0 to +14`, or `−0.01 to +0.05` of likeness."""
    low, high = points_between(interval) if judge else (signed(interval.low), signed(interval.high))
    return words("from_to", low=low, high=high)


def equal_interval(words: Words, found: EqualLikeness) -> str:
    """The range of likeness that a comparison at the same likeness is over."""
    if found.likeness is None:
        return ""
    return words("from_to", low=two(found.likeness.low), high=two(found.likeness.high))


def share(rates: Sequence[Rate], contender: str, judge: str) -> str:
    """A contender's rate, such as `25 %`."""
    found = next((one for one in rates if (one.contender, one.judge) == (contender, judge)), None)
    return "–" if found is None or found.rate is None else percent(found.rate)

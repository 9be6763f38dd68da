"""Findings in words: a title without numbers, and the numbers with their interval."""

from __future__ import annotations

from collections.abc import Sequence

from lora_eval.report.findings import Fact
from lora_eval.report.numbers import p_value, points, signed, two
from lora_eval.report.results import (
    Comparison,
    Finding,
    LikenessComparison,
    Rate,
    Undecided,
)
from lora_eval.report.wording import (
    Words,
    difference_words,
    equal_interval,
    interval_words,
    share,
)

SLIGHT = 0.05
"""Of the way from the base model to the training pictures: less than that is called slight."""


def finding(words: Words, fact: Fact, rates: Sequence[Rate]) -> Finding:
    """One clear difference in words."""
    title, said = {
        "likeness": _likeness,
        "failure": _failure,
        "failure at the same likeness": _equal,
    }[fact.kind](words, fact, rates)
    return Finding(fact.kind, fact.judge, fact.a, fact.b, fact.size, fact.caveat, title, said)


def undecided_sentence(words: Words, found: Undecided) -> str:
    """One comparison without a clear difference, as a line of its own."""
    title = words.capital(found.judge)
    if found.at_same_likeness:
        title = words("undecided.same_likeness", title=title)
    # Without an interval the comparison holds for its one prompt alone.
    interval = interval_words(words, found.judge, found.interval) if found.interval else "–"
    return words(
        "undecided.sentence",
        title=title,
        a=found.label_a,
        b=found.label_b,
        difference=difference_words(words, found.judge, found.difference, None),
        interval=interval,
    )


def _likeness(words: Words, fact: Fact, rates: Sequence[Rate]) -> tuple[str, str]:
    found = fact.likeness
    assert found is not None
    names = {"a": words.named(fact.a), "b": words.named(fact.b)}
    form = "title_slightly" if fact.size < SLIGHT else "title"
    said = [_likeness_numbers(words, fact, found)]
    if fact.caveat == "learned less":
        form = "title_learned_less"
        said.append(words("likeness_finding.text_learned_less"))
    return words(f"likeness_finding.{form}", **names), words.joined(said)


def _likeness_numbers(words: Words, fact: Fact, found: LikenessComparison) -> str:
    """As seen from the one that is more like."""
    turned = found.a != fact.a
    values = (found.value_b, found.value_a) if turned else (found.value_a, found.value_b)
    interval = found.interval
    assert interval is not None and found.difference is not None
    low, high = (-interval.high, -interval.low) if turned else (interval.low, interval.high)
    return words(
        "likeness_finding.text",
        value_a=two(values[0] or 0.0),
        value_b=two(values[1] or 0.0),
        difference=signed(abs(found.difference)),
        interval=words("from_to", low=signed(low), high=signed(high)),
        pairs=found.pairs,
    )


def _failure(words: Words, fact: Fact, rates: Sequence[Rate]) -> tuple[str, str]:
    found = fact.comparison
    assert found is not None
    names = {"a": words.named(fact.a), "b": words.named(fact.b), "shows": words.shows(fact.judge)}
    # A sentence is about the LoRA, not about the base model that it is compared with.
    form = "title_more" if fact.a == words.base else "title_less"
    if fact.caveat == "learned less":
        form = "title_learned_less"
    elif fact.caveat == "less like":
        form = "title_less_like"
    said = [_failure_numbers(words, fact, found, rates)]
    if found.interval is not None and 0 in (found.interval.low, found.interval.high):
        said.append(words("failure_finding.few_prompts"))
    if fact.caveat == "same likeness too" and fact.equal is not None:
        amount = points(-abs(fact.equal.difference or 0.0))
        said.append(words("failure_finding.same_likeness_too", difference=amount))
    elif fact.caveat:
        key = fact.caveat.replace(" ", "_")
        said.append(words(f"failure_finding.{key}", a=names["a"]))
    return words(f"failure_finding.{form}", **names), words.joined(said)


def _failure_numbers(words: Words, fact: Fact, found: Comparison, rates: Sequence[Rate]) -> str:
    """As seen from the one that the title is about: the better one, or the LoRA."""
    about, other = (fact.b, fact.a) if fact.a == words.base else (fact.a, fact.b)
    sign = 1 if found.a == about else -1
    interval = found.interval
    ends = (interval.low, interval.high) if interval else (0.0, 0.0)
    low, high = sorted(sign * end for end in ends)
    return words(
        "failure_finding.text",
        rate_a=share(rates, about, fact.judge),
        rate_b=share(rates, other, fact.judge),
        difference=points(sign * (found.difference or 0.0)),
        interval=words("from_to", low=points(low), high=points(high)) if interval else "–",
        p=p_value(found.p_holm),
        pairs=found.pairs,
    )


def _equal(words: Words, fact: Fact, rates: Sequence[Rate]) -> tuple[str, str]:
    found = fact.equal
    assert found is not None and found.interval is not None
    turned = found.a != fact.a
    a, b = (found.label_b, found.label_a) if turned else (found.label_a, found.label_b)
    sign = -1 if turned else 1
    low, high = sorted(sign * end for end in (found.interval.low, found.interval.high))
    title = words("failure_finding.title_equal", a=a, b=b, shows=words.shows(fact.judge))
    return title, words(
        "failure_finding.text_equal",
        likeness=equal_interval(words, found),
        difference=points(sign * (found.difference or 0.0)),
        interval=words("from_to", low=points(low), high=points(high)),
    )

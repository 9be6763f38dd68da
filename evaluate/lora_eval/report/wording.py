"""Verdicts in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lora_eval.report.joining import Joined
from lora_eval.report.results import Comparison, EqualLikeness, Interval, Rate
from lora_eval.statistics import detectable_difference

FEW_PROMPTS = 8
_ADVICE = "; `--suite strength` compares at equal likeness"
_NUMBERS = re.compile(r" \((?:[^()]* over \d+ pairs|[+-][\d.]+)\)")
"""What `_shown` and `_likeness` put in brackets."""


def percent(share: float) -> str:
    """Such as `22 %`; small shares with a decimal."""
    points = 100 * share
    return f"{points:.1f} %" if 0 < points < 1 else f"{points:.0f} %"


def span(interval: Interval | None) -> str:
    """Such as `14–34 %`; empty without one."""
    if interval is None:
        return ""
    return f"{100 * interval.low:.0f}–{100 * interval.high:.0f} %"


def rate_sentence(label: str, title: str, rate: Rate) -> str:
    """Such as `popup: floating head in 14 of 64 pictures (14–34 %)`."""
    if not rate.total and rate.not_applicable:
        return f"{label}: no prompt asks for what {title} is about."
    if not rate.decided:
        return f"{label}: {title} could not be judged in any of {rate.total} pictures."
    rest = f"; {rate.unknown} not decided" if rate.unknown else ""
    where = span(rate.wilson)
    return f"{label}: {title} in {rate.count} of {rate.decided} pictures ({where}{rest})."


def comparison_sentence(
    found: Comparison, labels: Mapping[str, str], title: str, equal: Sequence[EqualLikeness]
) -> str:
    """Who fails less, by how much, and whether it has only learned less."""
    a, b = labels[found.a], labels[found.b]
    title = title[:1].upper() + title[1:]
    if found.direction not in ("a fails less", "b fails less"):
        return f"{title}: no clear difference between {a} and {b}{_shown(found)}."
    better, worse = (a, b) if found.direction == "a fails less" else (b, a)
    text = f"{title}: {better} fails less than {worse}{_shown(found)}"
    if found.interval is not None and 0 in (found.interval.low, found.interval.high):
        text += ", in few of the prompts"
    at_equal = next(
        (each for each in equal if each.judge == found.judge
         and {each.a, each.b} == {found.a, found.b} and each.difference is not None),
        None,
    )  # fmt: skip
    if at_equal is not None:
        if at_equal.verdict == "fails less at the same likeness":
            return f"{text}, and at the same likeness, too."
        return f"{text}; but it has learned less: at the same likeness no clear difference."
    return f"{text}{_likeness(found)}."


def headline(sentences: Sequence[str]) -> str:
    """The first clear verdict, or that there is none."""
    clear = (each for each in sentences if " fails less than " in each)
    return next(clear, "No clear difference in any main failure.")


def brief(sentence: str) -> str:
    """A verdict without its numbers and advice, for a title; its caveats stay."""
    return _NUMBERS.sub("", sentence.replace(_ADVICE, ""))


def power_sentence(pictures: int) -> str:
    """What a comparison of this many pairs can show."""
    found = detectable_difference(pictures) if pictures else None
    if found is None:
        return f"{pictures} pairs of pictures are too few to show any difference."
    return (
        f"With {pictures} pairs a difference between 10 % and {percent(0.1 + found)} is found in "
        "four of five such comparisons; smaller ones mostly show as no clear difference."
    )


def warnings(joined: Joined) -> list[str]:
    """What a reader should know before trusting the numbers."""
    found = [note for folder in joined.folders for note in folder.manifest.notes]
    found += [note for folder in joined.folders for note in folder.notes]
    missing = sum(folder.missing for folder in joined.folders)
    if missing:
        found.append(f"{missing} pictures of the plan are not there yet.")
    unreadable = [row for entry in joined.entries for row in entry.rows if row.problem]
    if unreadable:
        names = ", ".join(row.picture.file for row in unreadable[:3])
        more = " and more" if len(unreadable) > 3 else ""
        found.append(f"{len(unreadable)} pictures could not be read: {names}{more}.")
    prompts = {row.picture.prompt_id for entry in joined.entries for row in entry.rows}
    if len(prompts) < FEW_PROMPTS:
        found.append(
            f"Only {len(prompts)} prompts: the intervals speak of these prompts, not of others."
        )
    if joined.base is None:
        found.append("The base model's own pictures are not there: failures have no floor.")
    return list(dict.fromkeys(found))


def _shown(found: Comparison) -> str:
    if found.difference is None:
        return ""
    inside = f"{100 * found.difference:+.0f} points"
    if found.interval is not None:
        inside += f", {100 * found.interval.low:+.0f} to {100 * found.interval.high:+.0f}"
    return f" ({inside}; p {found.p_holm:.2g} over {found.pairs} pairs)"


def _likeness(found: Comparison) -> str:
    if found.likeness is None:
        return "; likeness was not measured (--training-images), so it may have learned less"
    sign = 1 if found.direction == "a fails less" else -1
    value = sign * found.likeness.value
    interval = found.likeness.interval
    clear = interval is not None and not interval.low <= 0 <= interval.high
    if clear and value < 0:
        return f", but is less like her ({value:+.2f}): it may only have learned less{_ADVICE}"
    if clear:
        return f", and is liker ({value:+.2f})"
    return " at about the same likeness"

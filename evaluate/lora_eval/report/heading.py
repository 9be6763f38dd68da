"""The headline: what differs most, or what there was to differ in."""

from __future__ import annotations

from collections.abc import Sequence

from lora_eval.report.joining import Joined
from lora_eval.report.results import Comparison, Finding, LikenessComparison
from lora_eval.report.summary import Headline
from lora_eval.report.wording import Words


def headline(
    words: Words,
    joined: Joined,
    main: Sequence[str],
    findings: Sequence[Finding],
    comparisons: Sequence[Comparison],
    likenesses: Sequence[LikenessComparison],
) -> Headline:
    """The first finding; without one, that there is no clear difference, and in what."""
    if findings:
        return Headline(findings[0].title, findings[0].text)
    loras = joined.loras
    if not loras:
        return Headline(words("headline.no_lora"), words("headline.nothing_text"))
    base = joined.base.id if joined.base else None
    alone = len(loras) < 2
    among = [
        each
        for each in comparisons
        if each.judge in main and (alone or base not in (each.a, each.b))
    ]
    compared = {(each.a, each.b) for each in likenesses if each.difference is not None}
    with_likeness = any(alone or base not in pair for pair in compared)
    if not among and not with_likeness:
        return Headline(words("headline.nothing"), words("headline.nothing_text"))
    judges = words.comma(words.title(name) for name in dict.fromkeys(each.judge for each in among))
    key = "headline.none_text" if with_likeness else "headline.none_without_likeness"
    return Headline(_no_difference(words, joined), words(key, judges=judges))


def _no_difference(words: Words, joined: Joined) -> str:
    names = [entry.id for entry in joined.loras] or [""]
    if len(names) == 1:
        return words("headline.none_of_two", a=words.named(names[0]), b=words("base_in_sentence"))
    if len(names) == 2:
        return words("headline.none_of_two", a=words.named(names[0]), b=words.named(names[1]))
    return words("headline.none_of_many")

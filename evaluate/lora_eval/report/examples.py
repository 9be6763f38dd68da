"""The few pictures that stand for what is said first."""

from __future__ import annotations

from lora_eval.judged import JudgedPicture
from lora_eval.report.findings import Fact
from lora_eval.report.joining import Entry, Joined, outcome
from lora_eval.report.rating import flag_of, likeness_of, paired
from lora_eval.report.results import Example, ExamplePairs

MOST = 4


def examples(joined: Joined, lead: Fact | None) -> ExamplePairs | None:
    """Pairs of one prompt and seed, each of another prompt; None where there are none.

    For likeness those that differ most; for a failure those in which only the worse one fails, as
    the judge is surest; without a finding the first ones of the two first contenders.
    """
    members = {entry.id: entry for entry in joined.entries}
    if lead is None:
        shown = joined.loras[:2] if len(joined.loras) > 1 else (*joined.loras, joined.base)
        pair = [each for each in shown if each is not None]
        return _first(joined, pair[0], pair[1]) if len(pair) == 2 else None
    if lead.a not in members or lead.b not in members:  # trainings, compared by their curves
        return None
    a, b = members[lead.a], members[lead.b]
    return _of_failure(joined, lead.judge, a, b) if lead.judge else _of_likeness(joined, a, b)


def _first(joined: Joined, a: Entry, b: Entry) -> ExamplePairs | None:
    pairs = _pairs(joined, a, b)
    found = [_example(mine, theirs, None, None) for mine, theirs in pairs]
    return _shown(a, b, "", found, 0, 0, len(pairs))


def _of_likeness(joined: Joined, a: Entry, b: Entry) -> ExamplePairs | None:
    pairs = [
        (mine, theirs, like, other)
        for mine, theirs in _pairs(joined, a, b)
        if (like := likeness_of(mine)) is not None and (other := likeness_of(theirs)) is not None
    ]
    pairs.sort(key=lambda each: each[3] - each[2])
    found = [_example(mine, theirs, like, other) for mine, theirs, like, other in pairs]
    more = sum(like > other for _, _, like, other in pairs)
    less = sum(like < other for _, _, like, other in pairs)
    return _shown(a, b, "", found, more, less, len(pairs))


def _of_failure(joined: Joined, judge: str, a: Entry, b: Entry) -> ExamplePairs | None:
    at = joined.strength
    flips = [
        (mine, theirs)
        for mine, theirs in _pairs(joined, a, b)
        if outcome(mine, judge) == "no" and outcome(theirs, judge) == "yes"
    ]
    flips.sort(key=lambda pair: -(_score(pair[1], judge) or 0.0))
    found = [
        _example(mine, theirs, _score(mine, judge), _score(theirs, judge)) for mine, theirs in flips
    ]
    pairs = paired(a.at(at), b.at(at), flag_of(judge))
    only_a = sum(mine > theirs for _, mine, theirs in pairs)
    only_b = sum(mine < theirs for _, mine, theirs in pairs)
    return _shown(a, b, judge, found, only_a, only_b, len(pairs))


def _shown(
    a: Entry, b: Entry, judge: str, found: list[Example], only_a: int, only_b: int, many: int
) -> ExamplePairs | None:
    """One of each prompt as long as there are others, in the order given."""
    first = {example.prompt_id: example for example in reversed(found)}
    one_each = [example for example in found if first[example.prompt_id] is example]
    rest = [example for example in found if first[example.prompt_id] is not example]
    chosen = tuple((one_each + rest)[:MOST])
    return ExamplePairs(a.id, b.id, judge, chosen, only_a, only_b, many) if chosen else None


def _pairs(joined: Joined, a: Entry, b: Entry) -> list[tuple[JudgedPicture, JudgedPicture]]:
    """Readable pictures of equal prompt and seed at the report's strength."""
    others = {
        (row.picture.prompt_id, row.picture.seed): row
        for row in b.at(joined.strength)
        if not row.problem
    }
    return [
        (row, others[key])
        for row in a.at(joined.strength)
        if not row.problem and (key := (row.picture.prompt_id, row.picture.seed)) in others
    ]


def _example(
    mine: JudgedPicture, theirs: JudgedPicture, a: float | None, b: float | None
) -> Example:
    assert mine.picture.prompt_id == theirs.picture.prompt_id
    return Example(mine.picture.prompt_id, mine.picture.seed, a, b)


def _score(row: JudgedPicture, judge: str) -> float | None:
    found = row.by(judge)
    return found.score if found else None

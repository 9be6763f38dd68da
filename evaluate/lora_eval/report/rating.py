"""How often each contender fails, with its intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from lora_eval.calibrate.known import known
from lora_eval.judged import JudgedPicture
from lora_eval.report.joining import Entry, Joined, applies, outcome
from lora_eval.report.results import Difference, Interval, Mean, Rate
from lora_eval.statistics import clustered_mean, corrected_rate, wilson

Value = Callable[[JudgedPicture], float | None]


def rate(joined: Joined, entry: Entry, judge: str) -> Rate:
    """One contender in one judge's eyes, at the report's strength."""
    everything = entry.at(joined.strength)
    rows = [row for row in everything if applies(row, judge)]
    flags = [(row.picture.prompt_id, outcome(row, judge) == "yes")
             for row in rows if outcome(row, judge) != "unknown"]  # fmt: skip
    count, decided = sum(flag for _, flag in flags), len(flags)
    clustered = clustered_mean([float(flag) for _, flag in flags], [prompt for prompt, _ in flags])
    share = count / decided if decided else None
    return Rate(
        contender=entry.id,
        judge=judge,
        count=count,
        decided=decided,
        total=len(rows),
        unknown=len(rows) - decided,
        not_applicable=len(everything) - len(rows),
        rate=share,
        wilson=Interval(*wilson(count, decided)) if decided else None,
        clustered=Interval(clustered.low, clustered.high) if clustered else None,
        design_effect=clustered.design_effect if clustered else None,
        excess=_excess(joined, entry, judge),
        corrected=_corrected(joined, judge, share),
        details=_details(rows, judge),
    )


def mean_likeness(rows: Sequence[JudgedPicture]) -> Mean | None:
    """Mean likeness of pictures that name the character; None where none was measured."""
    found = [
        (row.picture.prompt_id, row.likeness)
        for row in rows
        if row.likeness is not None and row.picture.names_character
    ]
    if not found:
        return None
    values = [value for _, value in found]
    clustered = clustered_mean(values, [prompt for prompt, _ in found])
    interval = Interval(clustered.low, clustered.high) if clustered else None
    return Mean(sum(values) / len(values), len(values), interval)


def paired(
    first: Sequence[JudgedPicture], second: Sequence[JudgedPicture], value: Value
) -> list[tuple[str, float, float]]:
    """(prompt, value of the first, value of the second) of pictures that both have.

    Prompt and seed make the pair: strengths are equal already, or the base's, which has none.
    """
    others = {(row.picture.prompt_id, row.picture.seed): row for row in second}
    pairs = []
    for row in first:
        other = others.get((row.picture.prompt_id, row.picture.seed))
        mine, theirs = value(row), None if other is None else value(other)
        if mine is not None and theirs is not None:
            pairs.append((row.picture.prompt_id, mine, theirs))
    return pairs


def difference(pairs: Sequence[tuple[str, float, float]]) -> Difference | None:
    """Mean paired difference with its interval over prompts; None without pairs."""
    if not pairs:
        return None
    values = [mine - theirs for _, mine, theirs in pairs]
    clustered = clustered_mean(values, [prompt for prompt, _, _ in pairs])
    interval = Interval(clustered.low, clustered.high) if clustered else None
    return Difference(sum(values) / len(values), len(values), interval)


def flag_of(judge: str) -> Value:
    """1 where the judge says yes, 0 for no, None for unknown."""

    def value(row: JudgedPicture) -> float | None:
        said = outcome(row, judge)
        return None if said == "unknown" else float(said == "yes")

    return value


def likeness_of(row: JudgedPicture) -> float | None:
    """Likeness of a picture that names the character."""
    return row.likeness if row.picture.names_character else None


def _excess(joined: Joined, entry: Entry, judge: str) -> Difference | None:
    if entry.is_base or joined.base is None:
        return None
    return difference(paired(entry.at(joined.strength), joined.base.rows, flag_of(judge)))


def _corrected(joined: Joined, judge: str, share: float | None) -> float | None:
    reliability = known(judge, joined.folders[0].judged_with.detector)
    if reliability is None or share is None:
        return None
    return corrected_rate(share, reliability.sensitivity, reliability.specificity)


def _details(rows: Sequence[JudgedPicture], judge: str) -> tuple[tuple[str, int], ...]:
    counts = Counter(found.detail for row in rows if (found := row.by(judge)) and found.detail)
    return tuple(sorted(counts.items()))

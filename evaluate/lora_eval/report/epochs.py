"""The epoch that the report would pick of a training, and why."""

from __future__ import annotations

from collections.abc import Sequence

from lora_eval.judged import JudgedPicture
from lora_eval.report.curving import lines
from lora_eval.report.joining import Entry, Joined, outcome
from lora_eval.report.rating import difference, likeness_of, mean_likeness, paired
from lora_eval.report.results import EpochChoice
from lora_eval.statistics import mcnemar

SIGNIFICANT = 0.05


def choose_epochs(joined: Joined, main: Sequence[str]) -> tuple[EpochChoice, ...]:
    """For each training with several epochs: as like as any, and with the fewest main failures."""
    return tuple(
        _choose(identifier, [entry for _, entry, _ in points], joined, main)
        for identifier, _, kind, points in lines(joined)
        if kind != "strength"
    )


def _choose(series: str, entries: list[Entry], joined: Joined, main: Sequence[str]) -> EpochChoice:
    rows = {entry.id: entry.at(joined.strength) for entry in entries}
    labels = {entry.id: entry.contender.label for entry in entries}
    known = {entry.id: mean for entry in entries if (mean := mean_likeness(rows[entry.id]))}
    reasons = []
    if known:
        best = max(known, key=lambda name: known[name].value)
        candidates = [entry.id for entry in entries
                      if entry.id == best or _as_like(rows[entry.id], rows[best])]  # fmt: skip
        reasons.append(
            f"{labels[best]} is the likest ({known[best].value:.2f}); within noise of it: "
            f"{', '.join(labels[name] for name in candidates if name != best) or 'no other'}."
        )
    else:
        candidates = [entry.id for entry in entries]
        reasons.append("Likeness was not measured (--training-images), so failures alone decide.")
    failures = {name: sum(_failed(row, main) for row in rows[name]) for name in candidates}
    if not failures:
        return EpochChoice(series, None, False, (), tuple(reasons))
    chosen = min(candidates, key=lambda name: failures[name])
    total = len(rows[chosen])
    reasons.append(
        f"{labels[chosen]} has a main failure in {failures[chosen]} of {total} pictures; "
        + ", ".join(f"{labels[name]} {failures[name]}" for name in candidates if name != chosen)
        + ("." if len(candidates) > 1 else "no other is as like.")
    )
    clear = all(
        _clearly_better(rows[chosen], rows[name], main) for name in candidates if name != chosen
    )
    if not clear:
        reasons.append("No clear difference between these epochs: more seeds would tell.")
    return EpochChoice(series, chosen, clear, tuple(candidates), tuple(reasons))


def _as_like(rows: Sequence[JudgedPicture], best: Sequence[JudgedPicture]) -> bool:
    found = difference(paired(rows, best, likeness_of))
    return found is not None and (found.interval is None or found.interval.high >= 0)


def _failed(row: JudgedPicture, main: Sequence[str]) -> bool:
    return any(outcome(row, judge) == "yes" for judge in main)


def _clearly_better(
    rows: Sequence[JudgedPicture], others: Sequence[JudgedPicture], main: Sequence[str]
) -> bool:
    pairs = paired(rows, others, lambda row: float(_failed(row, main)))
    fewer = sum(mine < theirs for _, mine, theirs in pairs)
    more = sum(mine > theirs for _, mine, theirs in pairs)
    return fewer > more and mcnemar(more, fewer) < SIGNIFICANT

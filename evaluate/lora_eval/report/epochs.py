"""The epoch that the report would pick of a training, and why."""

from __future__ import annotations

from collections.abc import Sequence

from lora_eval.judged import JudgedPicture
from lora_eval.report.curving import lines
from lora_eval.report.joining import Entry, Joined, outcome
from lora_eval.report.numbers import two
from lora_eval.report.rating import difference, likeness_of, mean_likeness, paired
from lora_eval.report.results import SIGNIFICANT, EpochChoice
from lora_eval.report.wording import Words
from lora_eval.statistics import mcnemar


def choose_epochs(words: Words, joined: Joined, main: Sequence[str]) -> tuple[EpochChoice, ...]:
    """For each training with several epochs: as like as any, and with the fewest main failures."""
    return tuple(
        _choose(words, identifier, [entry for _, entry, _ in points], joined, main)
        for identifier, _, kind, points in lines(joined)
        if kind != "strength"
    )


def _choose(
    words: Words, series: str, entries: list[Entry], joined: Joined, main: Sequence[str]
) -> EpochChoice:
    rows = {entry.id: entry.at(joined.strength) for entry in entries}
    known = {entry.id: mean for entry in entries if (mean := mean_likeness(rows[entry.id]))}
    if known:
        best = max(known, key=lambda name: known[name].value)
        candidates = [entry.id for entry in entries
                      if entry.id == best or _as_like(rows[entry.id], rows[best])]  # fmt: skip
        others = words.comma(words.labels[name] for name in candidates if name != best)
        reasons = [
            words(
                "epochs.most_like",
                label=words.labels[best],
                value=two(known[best].value),
                others=others or words("epochs.no_other"),
            )
        ]
    else:
        candidates = [entry.id for entry in entries]
        reasons = [words("epochs.unmeasured")]
    failures = {name: sum(_failed(row, main) for row in rows[name]) for name in candidates}
    chosen = min(candidates, key=lambda name: failures[name])
    reasons.append(_counted(words, chosen, failures, len(rows[chosen])))
    clear = all(
        _clearly_better(rows[chosen], rows[name], main) for name in candidates if name != chosen
    )
    if not clear:
        reasons.append(words("epochs.unclear"))
    return EpochChoice(series, chosen, clear, tuple(candidates), tuple(reasons))


def _counted(words: Words, chosen: str, failures: dict[str, int], total: int) -> str:
    values = {"label": words.labels[chosen], "count": failures[chosen], "total": total}
    if len(failures) == 1:
        return words("epochs.failures_alone", **values)
    others = words.comma(
        words("epochs.failures_other", label=words.labels[name], count=count)
        for name, count in failures.items()
        if name != chosen
    )
    return words("epochs.failures", **values, others=others)


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

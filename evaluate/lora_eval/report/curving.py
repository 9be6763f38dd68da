"""Rates over strength or epoch, and curves compared where the likeness is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from lora_eval.judged import JudgedPicture
from lora_eval.report.joining import Entry, Joined
from lora_eval.report.rating import flag_of, likeness_of, mean_likeness
from lora_eval.report.results import (
    SIGNIFICANT,
    Comparison,
    Curve,
    CurvePoint,
    EqualLikeness,
    Interval,
    LevelDifference,
    XKind,
)
from lora_eval.statistics import clustered_mean, compare_at_equal_x, curve_sums, holm, wilson

Line = tuple[str, str, XKind, list[tuple[float, Entry, float]]]
"""Id, label, kind of x, and for each point x, contender and strength."""


def lines(joined: Joined) -> list[Line]:
    """What can be drawn as a curve: LoRAs with several strengths, trainings with several epochs."""
    found: list[Line] = []
    for entry in joined.loras:
        if len(entry.strengths) > 1:
            points = [(strength, entry, strength) for strength in entry.strengths]
            found.append((entry.id, entry.contender.label, "strength", points))
    series: dict[str, list[Entry]] = {}
    for entry in joined.loras:
        series.setdefault(entry.contender.series, []).append(entry)
    for name, members in series.items():
        if name and len(members) > 1 and (kind := _kind(members)):
            ordered = sorted(members, key=lambda each: _place(each, kind))
            points = [(_place(each, kind), each, joined.strength) for each in ordered]
            found.append((name, name.partition(" ")[0], kind, points))
    return found


def curves(joined: Joined, judges: Sequence[str]) -> tuple[Curve, ...]:
    """Every line in each judge's eyes."""
    return tuple(
        Curve(identifier, label, judge, kind,
              tuple(_point(x, entry, strength, judge) for x, entry, strength in points))
        for judge in judges
        for identifier, label, kind, points in lines(joined)
    )  # fmt: skip


def equal_likeness(joined: Joined, judges: Sequence[str]) -> tuple[EqualLikeness, ...]:
    """Every two lines compared at equal likeness; Holm over each judge's comparisons."""
    found: list[EqualLikeness] = []
    for judge in judges:
        raw = [_equal(a, b, judge) for a, b in combinations(lines(joined), 2)]
        known = [each.p_holm for each in raw if each.p_holm is not None]
        adjusted = iter(holm(known))
        found += [
            _decided(each if each.p_holm is None else replace(each, p_holm=next(adjusted)))
            for each in raw
        ]
    return tuple(found)


def with_reasons(
    equal: Sequence[EqualLikeness], comparisons: Sequence[Comparison]
) -> tuple[EqualLikeness, ...]:
    """Where one fails clearly less at full strength, and no longer at equal likeness, it has
    learned less: the verdict says so."""
    found = []
    for each in equal:
        clear = next(
            (one for one in comparisons if one.judge == each.judge
             and {one.a, one.b} == {each.a, each.b} and one.direction.endswith("fails less")),
            None,
        )  # fmt: skip
        if clear is None or each.verdict != "no clear difference":
            found.append(each)
            continue
        about = clear.a if clear.direction == "a fails less" else clear.b
        found.append(replace(each, verdict="has learned less", about=about))
    return tuple(found)


def _kind(members: Sequence[Entry]) -> XKind | None:
    """Epochs tell the members apart, or else steps."""
    for kind, values in (
        ("step", [each.contender.step for each in members]),
        ("epoch", [each.contender.epoch for each in members]),
    ):
        if None not in values and len(set(values)) == len(values):
            return kind  # type: ignore[return-value]
    return None


def _place(entry: Entry, kind: XKind) -> float:
    value = entry.contender.epoch if kind == "epoch" else entry.contender.step
    return float(value or 0)


def _point(x: float, entry: Entry, strength: float, judge: str) -> CurvePoint:
    rows = entry.at(strength)
    value = flag_of(judge)
    flags = [(row.picture.prompt_id, flag) for row in rows if (flag := value(row)) is not None]
    count, decided = round(sum(flag for _, flag in flags)), len(flags)
    clustered = clustered_mean([flag for _, flag in flags], [prompt for prompt, _ in flags])
    moved = entry.contender.moved
    return CurvePoint(
        x=x,
        contender=entry.id,
        strength=strength,
        count=count,
        decided=decided,
        rate=count / decided if decided else None,
        wilson=Interval(*wilson(count, decided)) if decided else None,
        clustered=Interval(clustered.low, clustered.high) if clustered else None,
        likeness=mean_likeness(rows),
        moved=None if moved is None else moved * abs(strength * entry.contender.factor),
    )


def _equal(a: Line, b: Line, judge: str) -> EqualLikeness:
    prompts = list(
        dict.fromkeys(
            row.picture.prompt_id
            for _, _, _, points in (a, b)
            for _, entry, strength in points
            for row in entry.at(strength)
        )
    )
    sums = [curve_sums([_values(entry.at(strength), judge) for _, entry, strength in points],
                       prompts) for _, _, _, points in (a, b)]  # fmt: skip
    found = compare_at_equal_x(*sums)
    empty = EqualLikeness(
        judge=judge, a=a[0], b=b[0], label_a=a[1], label_b=b[1], likeness=None, difference=None,
        interval=None, p_holm=None, levels=(),
        verdict="cannot be compared: no likeness in common", about="",
    )  # fmt: skip
    if found is None:
        return empty
    return replace(
        empty,
        likeness=Interval(found.low_x, found.high_x),
        difference=found.difference,
        interval=Interval(found.low, found.high),
        p_holm=found.p,
        levels=tuple(
            LevelDifference(level.x, level.a, level.b, level.difference,
                            Interval(level.low, level.high))
            for level in found.levels
        ),
        verdict="no clear difference",
    )  # fmt: skip


def _values(
    rows: Sequence[JudgedPicture], judge: str
) -> list[tuple[str, float | None, float | None]]:
    value = flag_of(judge)
    return [(row.picture.prompt_id, likeness_of(row), value(row)) for row in rows]


def _decided(found: EqualLikeness) -> EqualLikeness:
    if found.difference is None or found.interval is None or found.p_holm is None:
        return found
    zero = found.interval.low <= 0 <= found.interval.high
    if zero or found.p_holm >= SIGNIFICANT:
        return found
    about = found.a if found.difference < 0 else found.b
    return replace(found, verdict="fails less at the same likeness", about=about)

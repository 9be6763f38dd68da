"""Two halves of labelled pictures, split by LoRA: one to tune on, one that is never tuned on."""

from __future__ import annotations

from collections.abc import Mapping


def split_groups(
    positives: Mapping[str, Mapping[str, int]],
) -> tuple[frozenset[str], frozenset[str]]:
    """Groups for tuning, and groups held out.

    The groups with the most positives are dealt first, each to the half that has fewer of what it
    brings; so both halves see every failure where two groups show it. Always the same.

    Args:
        positives: by group and judge, how many pictures have the failure.
    """
    judges = sorted({judge for counts in positives.values() for judge in counts})
    order = sorted(positives, key=lambda group: (-sum(positives[group].values()), group))
    halves: tuple[set[str], set[str]] = (set(), set())
    sums = (dict.fromkeys(judges, 0), dict.fromkeys(judges, 0))
    for group in order:
        counts = positives[group]
        lead = sum(counts.get(judge, 0) * (sums[0][judge] - sums[1][judge]) for judge in judges)
        if lead == 0:
            lead = len(halves[0]) - len(halves[1])
        side = 1 if lead > 0 else 0
        halves[side].add(group)
        for judge, count in counts.items():
            sums[side][judge] += count
    return frozenset(halves[0]), frozenset(halves[1])

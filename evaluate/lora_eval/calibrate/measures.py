"""How often a judge is right. Pure: answers and truths in, numbers out.

`unknown` counts as not flagged: a failure that the judge does not decide on is missed. That is
the reader's view of a report, and the stricter one; coverage is given beside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lora_eval.judgement import Outcome
from lora_eval.statistics import resampled_weights, wilson

RESAMPLES = 4_000
_GROUPS_NEEDED = 3


@dataclass(frozen=True, slots=True)
class Answered:
    """One labelled picture and what the judge said."""

    group: str
    """What is alike and is drawn as a whole: the pictures of one LoRA."""
    truth: bool
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its 95 % interval; all not a number where nothing can be said."""

    value: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True, slots=True)
class Quality:
    """One judge against labels."""

    pictures: int
    positives: int
    groups: int
    right_yes: int
    wrong_yes: int
    missed: int
    right_no: int
    unknown: int
    precision: Interval
    recall: Interval
    specificity: Interval
    f1: Interval
    kappa: Interval

    @property
    def coverage(self) -> float:
        """Share of the pictures that the judge decided on."""
        return 1 - self.unknown / self.pictures if self.pictures else math.nan

    @property
    def prevalence(self) -> float:
        """Share of the pictures with the failure."""
        return self.positives / self.pictures if self.pictures else math.nan


def quality(answers: Sequence[Answered]) -> Quality:
    """Precision and recall with Wilson's intervals; F1 and kappa by bootstrap over the groups."""
    groups = list(dict.fromkeys(each.group for each in answers))
    table = np.zeros((len(groups), 4))
    for each in answers:
        flagged = each.outcome == "yes"
        column = (0 if flagged else 2) if each.truth else (1 if flagged else 3)
        table[groups.index(each.group), column] += 1
    right_yes, wrong_yes, missed, right_no = (int(value) for value in table.sum(axis=0))
    drawn = None
    if len(groups) >= _GROUPS_NEEDED:
        drawn = resampled_weights(len(groups), RESAMPLES) @ table
    total = table.sum(axis=0, keepdims=True)
    return Quality(
        pictures=len(answers),
        positives=right_yes + missed,
        groups=len(groups),
        right_yes=right_yes,
        wrong_yes=wrong_yes,
        missed=missed,
        right_no=right_no,
        unknown=sum(each.outcome == "unknown" for each in answers),
        precision=_share(right_yes, right_yes + wrong_yes),
        recall=_share(right_yes, right_yes + missed),
        specificity=_share(right_no, right_no + wrong_yes),
        f1=_bootstrapped(float(f1_of(total)[0]), None if drawn is None else f1_of(drawn)),
        kappa=_bootstrapped(float(kappa_of(total)[0]), None if drawn is None else kappa_of(drawn)),
    )


def f1_of(table: np.ndarray) -> np.ndarray:
    """F1 of rows `(right yes, wrong yes, missed, right no)`; nan where there is no yes at all."""
    right, wrong, missed = table[:, 0], table[:, 1], table[:, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = 2 * right / (2 * right + wrong + missed)
    return found


def kappa_of(table: np.ndarray) -> np.ndarray:
    """Cohen's kappa (1960) of such rows: agreement beyond what chance would give."""
    right, wrong, missed, rest = (table[:, column] for column in range(4))
    total = table.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = (right + rest) / total
        chance = ((right + wrong) * (right + missed) + (missed + rest) * (wrong + rest)) / total**2
        found: np.ndarray = (seen - chance) / (1 - chance)
    return found


def _share(count: int, total: int) -> Interval:
    if not total:
        return Interval(math.nan)
    return Interval(count / total, *wilson(count, total))


def _bootstrapped(value: float, drawn: np.ndarray | None) -> Interval:
    if drawn is None or math.isnan(value):
        return Interval(value)
    known = drawn[np.isfinite(drawn)]
    if len(known) < RESAMPLES // 2:
        return Interval(value)
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(value, min(value, float(low)), max(value, float(high)))

"""How often a judge is right. Pure: answers and truths in, numbers out.

`unknown` counts as not flagged: a failure that the judge does not decide on is missed. That is
the reader's view of a report, and the stricter one; coverage is given beside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lora_eval.judgement import Outcome
from lora_eval.statistics import resampled_weights, wilson
from lora_eval.statistics.clusters import SEED

RESAMPLES = 4_000
_GROUPS_NEEDED = 3


@dataclass(frozen=True, slots=True)
class Answered:
    """One labelled picture and what the judge said."""

    group: str
    """What is alike and is drawn as a whole: the pictures of one LoRA."""
    truth: bool
    outcome: Outcome
    staged: bool = False
    """Whether it was drawn with words that make the failure."""
    applies: bool = True
    """False where the prompt leaves the judge nothing to decide: no lack of coverage."""


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
    """Undecided, of those that it applies to."""
    precision: Interval
    recall: Interval
    specificity: Interval
    f1: Interval
    kappa: Interval
    staged_positives: int = 0
    """Positives that were drawn with words that make the failure: easier than what a LoRA does
    by itself."""
    not_applicable: int = 0
    """Pictures whose prompts leave the judge nothing to decide."""

    @property
    def coverage(self) -> float:
        """Share of the pictures that it applies to that the judge decided on."""
        applicable = self.pictures - self.not_applicable
        return 1 - self.unknown / applicable if applicable else math.nan

    @property
    def prevalence(self) -> float:
        """Share of the pictures with the failure."""
        return self.positives / self.pictures if self.pictures else math.nan

    @property
    def pabak(self) -> float:
        """Kappa as if failures were as frequent as not, and said as often (Byrt et al., 1993):
        twice the agreement less one. Cohen's kappa falls where failures are rare."""
        agreed = self.right_yes + self.right_no
        return 2 * agreed / self.pictures - 1 if self.pictures else math.nan


def quality(answers: Sequence[Answered]) -> Quality:
    """Precision and recall with Wilson's intervals; F1 and kappa by bootstrap over the groups.

    Where every picture is a group of its own they are drawn one by one. A bootstrap cannot draw
    mistakes that were not made: without any, the lower ends of F1 and kappa are those of Wilson's
    lower ends of precision and recall.
    """
    places: dict[str, int] = {}
    for each in answers:
        places.setdefault(each.group, len(places))
    table = np.zeros((len(places), 4))
    for each in answers:
        flagged = each.outcome == "yes"
        column = (0 if flagged else 2) if each.truth else (1 if flagged else 3)
        table[places[each.group], column] += 1
    total = table.sum(axis=0, keepdims=True)
    right_yes, wrong_yes, missed, right_no = (int(value) for value in total[0])
    precision = _share(right_yes, right_yes + wrong_yes)
    recall = _share(right_yes, right_yes + missed)
    drawn = _drawn(table)
    worst = None if wrong_yes or missed else _worst(total[0], precision.low, recall.low)
    return Quality(
        pictures=len(answers),
        positives=right_yes + missed,
        groups=len(places),
        right_yes=right_yes,
        wrong_yes=wrong_yes,
        missed=missed,
        right_no=right_no,
        unknown=sum(each.outcome == "unknown" and each.applies for each in answers),
        not_applicable=sum(not each.applies for each in answers),
        precision=precision,
        recall=recall,
        specificity=_share(right_no, right_no + wrong_yes),
        f1=_interval(f1_of, total, drawn, worst),
        kappa=_interval(kappa_of, total, drawn, worst),
        staged_positives=sum(each.truth and each.staged for each in answers),
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


def _drawn(table: np.ndarray) -> np.ndarray | None:
    """Resampled sums of a table's rows; None where there are too few rows."""
    if len(table) < _GROUPS_NEEDED:
        return None
    if table.sum() == len(table):
        total = table.sum(axis=0)
        generator = np.random.default_rng(SEED)
        drawn: np.ndarray = generator.multinomial(len(table), total / len(table), size=RESAMPLES)
        return drawn.astype(float)
    summed: np.ndarray = resampled_weights(len(table), RESAMPLES) @ table
    return summed


def _worst(total: np.ndarray, precision: float, recall: float) -> np.ndarray | None:
    """The table that these lower ends would give; None where nothing was there or flagged."""
    positives, pictures = total[0] + total[2], total.sum()
    if not positives or math.isnan(precision):
        return None
    right = positives * recall
    wrong = min(right * (1 / precision - 1), pictures - positives)
    return np.array([[right, wrong, positives - right, pictures - positives - wrong]])


def _interval(
    measure: Callable[[np.ndarray], np.ndarray],
    total: np.ndarray,
    drawn: np.ndarray | None,
    worst: np.ndarray | None,
) -> Interval:
    value = float(measure(total)[0])
    if math.isnan(value):
        return Interval(value)
    if worst is not None:
        return Interval(value, float(measure(worst)[0]), value)
    found = np.zeros(0) if drawn is None else measure(drawn)
    known = found[np.isfinite(found)]
    if len(known) < RESAMPLES // 2:
        return Interval(value)
    low, high = np.percentile(known, [2.5, 97.5])
    return Interval(value, min(value, float(low)), max(value, float(high)))

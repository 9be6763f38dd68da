"""What was computed of judgements, as plain values: rates, comparisons, curves, epochs.

Shares, rates and differences are 0..1 (not per cent). A difference is always `a` minus `b`, so that
a negative one says that `a` fails less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

XKind = Literal["strength", "epoch", "step"]
Direction = Literal["a fails less", "b fails less", "no clear difference", "cannot be compared"]
EqualVerdict = Literal[
    "fails less at the same likeness",
    "has learned less",
    "no clear difference",
    "cannot be compared: no likeness in common",
]
NO_CLEAR_DIFFERENCE = "no clear difference"


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its interval (bootstrap clustered by prompt)."""

    value: float
    count: int
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference with its interval (bootstrap clustered by prompt)."""

    value: float
    pairs: int
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one contender fails in one judge's eyes, at the report's strength."""

    contender: str
    judge: str
    count: int
    """Pictures with the failure."""
    decided: int
    total: int
    """Pictures whose prompts leave the judge something to decide."""
    unknown: int
    """`total - decided`: these say nothing."""
    rate: float | None
    """`count / decided`; None where none was decided."""
    wilson: Interval | None
    """As if pictures were independent."""
    clustered: Interval | None
    """Bootstrap over prompts; None with fewer than 2 prompts."""
    design_effect: float | None
    """Variance by prompts over that of independent pictures; None where nothing varies."""
    excess: Difference | None = None
    """Over the base at the same prompts and seeds; None for the base or without one."""
    corrected: float | None = None
    """By Rogan and Gladen, where the judge's sensitivity and specificity are known."""
    details: tuple[tuple[str, int], ...] = ()
    """Counts of finer outcomes, such as `obeyed`, `leaked`, `neither`."""
    not_applicable: int = 0
    """Further pictures that the judge has nothing to decide on, such as outfit leakage where no
    outfit was asked for. They are in no other number."""

    @property
    def coverage(self) -> float:
        """Share of the pictures it applies to that were decided, 0..1."""
        return self.decided / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Contender `a` against `b` in one judge's eyes, on pictures that both have and are decided."""

    judge: str
    a: str
    b: str
    pairs: int
    left_out: int
    """Keys that both have, but undecided in one of them."""
    only_a: int
    """Pairs where only `a` fails."""
    only_b: int
    difference: float | None
    """Rate of `a` minus rate of `b`; None without pairs."""
    interval: Interval | None
    """Paired bootstrap over prompts."""
    p: float
    """Exact McNemar, two-sided."""
    p_holm: float
    """After Holm over the comparisons of this judge of the same kind (with the base, or not)."""
    direction: Direction
    verdict: str
    """A few plain words, such as `no clear difference`."""
    likeness: Difference | None = None
    """Of the same pictures."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One epoch or strength."""

    x: float
    contender: str
    strength: float
    count: int
    decided: int
    rate: float | None
    wilson: Interval | None
    clustered: Interval | None
    likeness: Mean | None
    moved: float | None
    """Times the strength, so that strengths and epochs lie on one scale."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One judge's rate of one LoRA over its strengths, or of one training over its epochs."""

    id: str
    """Equal for the curves of one LoRA or training."""
    label: str
    judge: str
    x_kind: XKind
    points: tuple[CurvePoint, ...]
    """By x, from the lowest."""


@dataclass(frozen=True, slots=True)
class LevelDifference:
    """The difference of two curves at one likeness."""

    likeness: float
    a: float
    """Rate of `a`'s curve there."""
    b: float
    difference: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class EqualLikeness:
    """Two curves (by `Curve.id`) compared where they are equally like the training pictures."""

    judge: str
    a: str
    b: str
    label_a: str
    label_b: str
    likeness: Interval | None
    """The likeness that both reach; None where they have none in common."""
    difference: float | None
    """Mean over that range of likeness."""
    interval: Interval | None
    p_holm: float | None
    levels: tuple[LevelDifference, ...]
    verdict: EqualVerdict
    about: str
    """The id that the verdict speaks of (`a` or `b`); empty where of neither."""
    text: str


@dataclass(frozen=True, slots=True)
class EpochChoice:
    """The epoch that the report would pick of one training."""

    series: str
    contender: str | None
    """None where none can be picked."""
    clear: bool
    """Whether it is clearly better than every other epoch as like as it."""
    candidates: tuple[str, ...]
    """Epochs whose likeness is within noise of the best."""
    reasons: tuple[str, ...]

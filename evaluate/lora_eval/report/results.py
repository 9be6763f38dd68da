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
LikenessDirection = Literal[
    "a is more like", "b is more like", "no clear difference", "cannot be compared"
]
Verdict = Literal[
    "no clear difference",
    "cannot be compared",
    "fails less; likeness not measured",
    "fails less, and is more like",
    "fails less, but is less like",
    "fails less; no clear difference in likeness",
]
FindingKind = Literal["likeness", "failure", "failure at the same likeness"]
Caveat = Literal[
    "", "same likeness too", "learned less", "less like", "more like", "likeness unclear",
    "likeness not measured",
]  # fmt: skip
NO_CLEAR_DIFFERENCE: Literal["no clear difference"] = "no clear difference"
SIGNIFICANT = 0.05
"""A p value below it, after Holm, is a clear difference."""


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
    """A paired difference with its interval (by prompts)."""

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
    verdict: Verdict
    likeness: Difference | None = None
    """Of the two, on all pictures that both have."""


@dataclass(frozen=True, slots=True)
class LikenessComparison:
    """How like the training pictures contender `a` is against `b`, on pictures that both have."""

    a: str
    b: str
    pairs: int
    value_a: float | None
    """Mean likeness of `a` in these pairs; None without pairs."""
    value_b: float | None
    difference: float | None
    interval: Interval | None
    """Student's t over prompts; None with fewer than 2 prompts."""
    p: float
    p_holm: float
    """After Holm over the comparisons of the same kind (with the base, or not)."""
    direction: LikenessDirection


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt and seed that stands for a finding."""

    prompt_id: str
    seed: int
    a: float | None
    """Likeness of `a`'s picture there, or how strongly the judge finds the failure."""
    b: float | None


@dataclass(frozen=True, slots=True)
class ExamplePairs:
    """Pictures that stand for what is said first: one prompt and seed of two contenders each."""

    a: str
    b: str
    judge: str
    """Whose failure they show; empty where they show likeness, or nothing in particular."""
    pairs: tuple[Example, ...]
    only_a: int
    """Pairs in which only `a` fails, or `a` is more like."""
    only_b: int
    compared: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A clear difference between two contenders. `a` is the better one in it."""

    kind: FindingKind
    judge: str
    """Empty where it is of likeness."""
    a: str
    b: str
    size: float
    """0..1, only to put findings in order: of the rates, or of the way from the base model's
    likeness to the training pictures' own."""
    caveat: Caveat
    """What the likeness says of it."""
    title: str
    """In a few words, without numbers."""
    text: str
    """The numbers behind it, with the interval, and the caveat."""

    @property
    def explained(self) -> bool:
        """Whether fewer failures may come of having learned less."""
        return self.caveat in ("learned less", "less like")


@dataclass(frozen=True, slots=True)
class Undecided:
    """A comparison without a clear difference, and what would decide it."""

    judge: str
    """Empty where it is of likeness."""
    at_same_likeness: bool
    a: str
    """An id, or a training's name where it compares curves."""
    b: str
    label_a: str
    label_b: str
    difference: float
    interval: Interval | None
    pairs: int
    needed: int | None
    """Pairs that would show a difference as large as this one; None where no feasible number
    would, or where that is not computed (at the same likeness)."""


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

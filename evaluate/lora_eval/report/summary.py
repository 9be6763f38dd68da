"""What a report says, as plain values: everything that the terminal, the page and the files show.

Shares, rates and differences are 0..1 (not per cent). A difference is always `a` minus `b`, so that
a negative one says that `a` fails less. This module refuses to compute: `report.summarising` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Importance = Literal["main", "further", "experimental"]
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
class Suite:
    """What was drawn, and how. Equal in all folders of a report."""

    name: str
    sha256: str
    base: str
    base_sha256: str
    sampler: str
    steps: int
    guidance: float
    width: int
    height: int
    prompts: int
    seeds: int
    strengths: tuple[float, ...]
    strength: float
    """The one that rates and comparisons are of: the nearest to 1; others are in the curves."""
    trigger: str


@dataclass(frozen=True, slots=True)
class JudgedWithFacts:
    """What the pictures were judged with."""

    detector: str
    clip: str
    tagger: str
    thresholds_version: int
    thresholds_sha256: str
    own_likeness: float | None
    """The training pictures' median likeness to one another: the ceiling."""


@dataclass(frozen=True, slots=True)
class JudgeFacts:
    """One failure that was looked for."""

    name: str
    title: str
    definition: str
    importance: Importance
    reliability: str = ""
    """A sentence from its calibration, such as `F1 0.93 (0.88-0.96) on 152 labelled pictures`."""
    f1: float | None = None
    reliable: bool | None = None
    """Whether F1 is 0.9 or more; None where it was not calibrated with this detector."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a contender's pictures lie: a folder by its place in the report, and its id there."""

    folder: int
    contender: str


@dataclass(frozen=True, slots=True)
class ContenderFacts:
    """One LoRA (or the base) as the report calls it."""

    id: str
    """Unique in the report; the manifest's own where no other folder uses it for another file."""
    label: str
    is_base: bool
    file: str
    sha256: str
    factor: float
    series: str
    epoch: int | None
    step: int | None
    rank: int | None
    alpha: float | None
    moved: float | None
    """Norm of the change over norm of the weights, at strength 1."""
    pictures: int
    """Readable and judged, at every strength."""
    unreadable: int
    sources: tuple[Source, ...]
    likeness: Mean | None
    """To the training pictures, at the report's strength."""


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


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole report."""

    suite: Suite
    judged_with: JudgedWithFacts
    folders: tuple[str, ...]
    """As given; `Source.folder` counts from 0 in it."""
    missing: int
    """Pictures of the manifests that were not made."""
    judges: tuple[JudgeFacts, ...]
    """Main ones first."""
    contenders: tuple[ContenderFacts, ...]
    """The base first, where it is there."""
    rates: tuple[Rate, ...]
    comparisons: tuple[Comparison, ...]
    curves: tuple[Curve, ...]
    equal_likeness: tuple[EqualLikeness, ...]
    epochs: tuple[EpochChoice, ...]
    sentences: tuple[str, ...]
    """The verdicts in plain words, the most important first."""
    warnings: tuple[str, ...]
    power: str
    """What differences this many pictures can show."""

    def rate(self, contender: str, judge: str) -> Rate | None:
        """One contender's rate in one judge's eyes."""
        found = (each for each in self.rates if (each.contender, each.judge) == (contender, judge))
        return next(found, None)

    def contender(self, identifier: str) -> ContenderFacts | None:
        """One contender's facts."""
        return next((each for each in self.contenders if each.id == identifier), None)

    def label(self, identifier: str) -> str:
        """A contender's label, or the id itself where it is none (a series)."""
        found = self.contender(identifier)
        return found.label if found else identifier

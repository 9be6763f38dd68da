"""What a report says, as plain values: everything that the terminal, the page and the files show.

This module refuses to compute: `report.summarising` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lora_eval.language import Language
from lora_eval.report.results import (
    Comparison,
    Curve,
    EpochChoice,
    EqualLikeness,
    ExamplePairs,
    Finding,
    LikenessComparison,
    Mean,
    Rate,
    Undecided,
)

Importance = Literal["main", "further", "experimental"]
OFTEN = 0.1
"""Share of pictures from which a further failure stands in the first table."""


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
    shows: str
    """What a picture shows that has it, such as `floating heads`."""
    reliability: str = ""
    """A sentence from its calibration, such as `F1 0.93 (0.88 to 0.96) on 152 ... pictures`."""
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
class Headline:
    """What the report says first."""

    title: str
    """The largest clear difference, or that there is none; without numbers."""
    text: str
    """The numbers behind it with the interval, or in what there is no difference."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole report."""

    language: Language
    """Of titles, labels and sentences. Ids, directions and verdicts are the same in all."""
    suite: Suite
    judged_with: JudgedWithFacts
    folders: tuple[str, ...]
    """As given; `Source.folder` counts from 0 in it."""
    missing: int
    """Pictures of the manifests that were not made."""
    headline: Headline
    findings: tuple[Finding, ...]
    """Clear differences, the first one that of the headline."""
    examples: ExamplePairs | None
    """Pictures that stand for the headline."""
    undecided: tuple[Undecided, ...]
    """Comparisons of likeness and main failures without a clear difference."""
    not_judged: tuple[str, ...]
    """Sentences about what is not known."""
    deciding: tuple[str, ...]
    """Sentences about how many more pictures would decide, and what this many can show."""
    warnings: tuple[str, ...]
    """What a reader should know before trusting the numbers."""
    judges: tuple[JudgeFacts, ...]
    """Main ones first."""
    contenders: tuple[ContenderFacts, ...]
    """The base first, where it is there."""
    rates: tuple[Rate, ...]
    likenesses: tuple[LikenessComparison, ...]
    comparisons: tuple[Comparison, ...]
    curves: tuple[Curve, ...]
    equal_likeness: tuple[EqualLikeness, ...]
    epochs: tuple[EpochChoice, ...]
    sentences: tuple[str, ...]
    """Everything in plain words, a line each, the most important first."""

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

    def judge_title(self, judge: str) -> str:
        """A failure's title by its name."""
        return next((each.title for each in self.judges if each.name == judge), judge)

    def judges_shown(self, *, everything: bool = False) -> tuple[JudgeFacts, ...]:
        """Main failures, and further ones that some LoRA shows in one picture of ten or more."""
        return tuple(
            judge
            for judge in self.judges
            if judge.importance == "main" or everything or self._is_often(judge.name)
        )

    def _is_often(self, judge: str) -> bool:
        rates = (self.rate(each.id, judge) for each in self.contenders if not each.is_base)
        return any(found is not None and (found.rate or 0) >= OFTEN for found in rates)

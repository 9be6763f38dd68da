"""What differs clearly, the largest difference first: what the report says before all else.

Likeness is a finding like a failure is. A LoRA that fails less and looks less like the character
may only have learned less: such a finding never comes before one that it may come of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lora_eval.report.joining import Joined
from lora_eval.report.rating import mean_likeness
from lora_eval.report.results import (
    Caveat,
    Comparison,
    EqualLikeness,
    FindingKind,
    LikenessComparison,
)

LEAST_REACH = 0.1
"""A base model as like the training pictures as they are one another gives no scale."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A clear difference before it is put into words; `a` is the better one."""

    kind: FindingKind
    judge: str
    a: str
    b: str
    size: float
    caveat: Caveat
    likeness: LikenessComparison | None = None
    comparison: Comparison | None = None
    equal: EqualLikeness | None = None

    @property
    def explained(self) -> bool:
        """As `Finding.explained`."""
        return self.kind == "failure" and self.caveat in ("learned less", "less like")


def facts(
    joined: Joined,
    main: Sequence[str],
    likenesses: Sequence[LikenessComparison],
    comparisons: Sequence[Comparison],
    equal: Sequence[EqualLikeness],
) -> tuple[Fact, ...]:
    """Clear differences among the LoRAs, or of the only LoRA from the base; the largest first."""
    base = joined.base.id if joined.base else None
    alone = len(joined.loras) < 2
    wanted = [each for each in likenesses if alone or base not in (each.a, each.b)]
    found = [
        _of_likeness(joined, each, equal)
        for each in wanted
        if each.direction.endswith("is more like")
    ]
    for each in comparisons:
        with_base = base in (each.a, each.b)
        clear = each.judge in main and each.direction.endswith("fails less")
        if clear and (alone or not with_base):
            like = next(one for one in likenesses if (one.a, one.b) == (each.a, each.b))
            found.append(_of_failure(each, like, equal, with_base=with_base))
    known = {(each.judge, frozenset((each.a, each.b))) for each in found}
    found += [
        _of_equal(each) for each in equal
        if each.verdict == "fails less at the same likeness"
        and (each.judge, frozenset((each.a, each.b))) not in known
    ]  # fmt: skip
    # With one LoRA its failures are news; that it is more like than the base is what it is for.
    return tuple(
        sorted(found, key=lambda each: (each.explained, alone and not each.judge, -each.size))
    )


def reach(joined: Joined) -> float:
    """How far likeness can go: from the base model's to the training pictures' to one another.

    1 where neither is known.
    """
    own = joined.folders[0].judged_with.own_likeness
    base = mean_likeness(joined.base.rows) if joined.base else None
    for top in (own and base and own - base.value, own):
        if top and top >= LEAST_REACH:
            return float(top)
    return 1.0


def _of_likeness(joined: Joined, found: LikenessComparison, equal: Sequence[EqualLikeness]) -> Fact:
    better, worse = (found.a, found.b) if found.direction[0] == "a" else (found.b, found.a)
    learned_less = any(
        each.verdict == "has learned less" and each.about == worse
        and {each.a, each.b} == {better, worse}
        for each in equal
    )  # fmt: skip
    size = min(1.0, abs(found.difference or 0.0) / reach(joined))
    caveat: Caveat = "learned less" if learned_less else ""
    return Fact("likeness", "", better, worse, size, caveat, likeness=found)


def _of_failure(
    found: Comparison,
    likeness: LikenessComparison,
    equal: Sequence[EqualLikeness],
    *,
    with_base: bool,
) -> Fact:
    better, worse = (found.a, found.b) if found.direction[0] == "a" else (found.b, found.a)
    at_equal = next(
        (each for each in equal if each.judge == found.judge
         and {each.a, each.b} == {found.a, found.b} and each.difference is not None),
        None,
    )  # fmt: skip
    caveat: Caveat = "" if with_base else _caveat(found, likeness)
    if at_equal is not None and not with_base:
        if at_equal.verdict == "has learned less":
            caveat = "learned less"
        elif at_equal.about == better:
            caveat = "same likeness too"
    return Fact(
        "failure", found.judge, better, worse, abs(found.difference or 0.0), caveat,
        likeness=likeness, comparison=found, equal=at_equal,
    )  # fmt: skip


def _caveat(found: Comparison, likeness: LikenessComparison) -> Caveat:
    if likeness.difference is None:
        return "likeness not measured"
    if not likeness.direction.endswith("is more like"):
        return "likeness unclear"
    return "more like" if likeness.direction[0] == found.direction[0] else "less like"


def _of_equal(found: EqualLikeness) -> Fact:
    better, worse = (found.a, found.b) if found.about == found.a else (found.b, found.a)
    size = abs(found.difference or 0.0)
    return Fact("failure at the same likeness", found.judge, better, worse, size, "", equal=found)

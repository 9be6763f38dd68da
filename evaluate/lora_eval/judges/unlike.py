"""Pictures that do not look like the character."""

from __future__ import annotations

from lora_eval.evidence import Evidence, Likeness
from lora_eval.judgement import Judgement
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import below, decided, mean, not_applicable, unknown
from lora_eval.judges.words import tagged

_NAME = "unlike"


@judge(_NAME)
@needs("slack", "traits_seen")
def unlike(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """Less like the training pictures than 95 % of them are like one another. Where there are no
    training pictures, the tagger's mean confidence of the traits decides."""
    if not evidence.picture.names_character:
        return not_applicable(_NAME, "The prompt does not name the character.")
    if evidence.likeness is not None:
        return _by_likeness(evidence.likeness, thresholds["slack"])
    traits = evidence.character.traits
    seen = mean([tagged(evidence, [trait]) for trait in traits])
    if seen is None:
        return unknown(_NAME, "There are no training pictures, and no traits that a tagger knows.")
    return decided(
        _NAME,
        below(seen, thresholds["traits_seen"]),
        f"The tagger sees her traits ({', '.join(traits)}) at {seen:.2f}.",
        numbers={"traits": seen},
    )


def _by_likeness(likeness: Likeness, slack: float) -> Judgement:
    least = likeness.own_low - slack
    usual = max(likeness.own_median, least + 1e-3)
    return decided(
        _NAME,
        below(likeness.value, least, low=least - 1.0, high=usual),
        f"Likeness {likeness.value:.3f}; 95 % of the training pictures have at least "
        f"{likeness.own_low:.3f} among themselves.",
        numbers={
            "likeness": likeness.value,
            "own_low": likeness.own_low,
            "own_median": likeness.own_median,
        },
    )

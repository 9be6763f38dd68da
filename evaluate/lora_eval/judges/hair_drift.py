"""Hair that has another colour than the character's."""

from __future__ import annotations

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement
from lora_eval.judges.colour import ciede2000, lab_of_srgb
from lora_eval.judges.figures import figures, sees_heads, why_nothing
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import above, decided, joined, not_applicable, unknown
from lora_eval.judges.words import HAIR_COLOUR_WORDS, plain, shown
from lora_wizard.paperdoll.traits import HAIR_COLOURS

_NAME = "hair_drift"
_HAIR = " hair"
_DRAWN = "paperdoll"
"""The one detector whose pictures have a known colour for each word."""


@judge(_NAME)
@needs("head_score", "contrast", "least", "difference", "clear")
def hair_drift(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """The share of other colours' probability is the main source; the measured colour's distance
    (CIEDE2000) from what the word stands for the other, in drawn pictures only."""
    colour = _own_colour(evidence)
    if not colour:
        return unknown(_NAME, "The colour of the character's hair is not known.")
    if not evidence.picture.names_character:
        return not_applicable(_NAME, "The prompt does not name the character.")
    heads = figures(evidence.found, thresholds["head_score"])
    if not heads and sees_heads(evidence.found):
        return unknown(_NAME, f"No hair to judge: {why_nothing(evidence)}.")
    other = _other_colour(evidence, colour, thresholds["least"])
    main = None if other is None else above(other, thresholds["contrast"])
    apart = _difference(evidence, colour)
    limit = thresholds["difference"]
    measured = None if apart is None else above(apart, limit, high=2 * limit)
    parts = [] if other is None else [f"{other:.2f} for another colour than {colour}"]
    if apart is not None:
        parts.append(f"measured colour {apart:.0f} from {colour} (CIEDE2000)")
    reason = "; ".join(parts) or f"nothing tells whether the hair is {colour}"
    return decided(
        _NAME,
        joined(main, [measured], thresholds["clear"]),
        f"{reason[0].upper()}{reason[1:]}.",
        boxes=heads[0].marked if heads else (),
        numbers={"other_colour": other, "difference": apart},
    )


def _own_colour(evidence: Evidence) -> str:
    traits = (plain(each) for each in evidence.character.traits)
    colours = (each.removesuffix(_HAIR) for each in traits if each.endswith(_HAIR))
    return next((each for each in colours if each in HAIR_COLOUR_WORDS), "")


def _other_colour(evidence: Evidence, colour: str, least: float) -> float | None:
    """The likeliest other colour's share of it and the own one; None where both are improbable."""
    pair = shown(evidence, "hair", _spellings(colour), _rivals(colour))
    if pair is None or sum(pair) < least or sum(pair) == 0:
        return None
    return pair[1] / sum(pair)


def _spellings(colour: str) -> tuple[str, ...]:
    """Taggers say `aqua hair`, CLIP's group of hair colours may say `aqua` alone."""
    return (f"{colour}{_HAIR}", colour)


def _rivals(colour: str) -> tuple[str, ...]:
    others = sorted(HAIR_COLOUR_WORDS - {colour})
    return tuple(word for each in others for word in _spellings(each))


def _difference(evidence: Evidence, colour: str) -> float | None:
    if evidence.pixels is None or evidence.pixels.hair_lab is None or evidence.found is None:
        return None
    if evidence.found.detector != _DRAWN or colour not in HAIR_COLOURS:
        return None
    return ciede2000(evidence.pixels.hair_lab, lab_of_srgb(HAIR_COLOURS[colour]))

"""Prompts that were not obeyed: outfit, background, framing, or the number of people."""

from __future__ import annotations

from collections.abc import Mapping

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement
from lora_eval.judges.figures import figures
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import AT_THRESHOLD, above, decided, unknown
from lora_eval.judges.visible import why_no_outfit
from lora_eval.judges.words import knows, plain, rivals_of, shown

_NAME = "disobeyed"


@judge(_NAME)
@needs("contradiction", "head_score", "close_face", "close_head", "no_outfit_tag")
def disobeyed(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """Each asked thing is set against its alternatives; the one contradicted most decides.

    A contradiction is the strongest alternative's probability minus the asked one's, -1..1.
    """
    found = _contradictions(evidence, thresholds)
    if not found:
        return unknown(_NAME, "Nothing that the prompt asks for can be told from the picture.")
    limit = thresholds["contradiction"]
    scores = {name: above(value, limit, low=-1.0) for name, value in found.items()}
    broken = [name for name, score in scores.items() if score >= AT_THRESHOLD]
    said = ", ".join(f"{name} {value:+.2f}" for name, value in found.items())
    return decided(
        _NAME,
        max(scores.values()),
        f"Alternatives over what was asked for (contradicted from {limit:+.2f}): {said}.",
        detail=", ".join(broken),
        numbers=dict(found),
    )


def _contradictions(evidence: Evidence, thresholds: Thresholds) -> Mapping[str, float]:
    asks = evidence.picture.asks
    asked: dict[str, str] = {"background": asks.background, "framing": asks.framing}
    if not why_no_outfit(evidence, thresholds):
        asked = {"outfit": asks.outfit, **asked}
    found = {
        group: value
        for group, word in asked.items()
        if word and (value := _contradiction(evidence, group, plain(word))) is not None
    }
    people = _people(evidence, thresholds["head_score"])
    return found if people is None else {**found, "subjects": people}


def _contradiction(evidence: Evidence, group: str, word: str) -> float | None:
    """By tags and CLIP's group of alternatives; where neither knows the word, by CLIP's probability
    of the prompt's phrase against whatever it was set against."""
    if knows(evidence, group, [word]):
        pair = shown(evidence, group, [word], rivals_of(evidence, group, [word]))
        return pair[1] - pair[0] if pair else None
    phrases = evidence.clip.phrases if evidence.clip is not None else {}
    said = {plain(each): value for each, value in phrases.items()}
    return 1 - 2 * said[word] if word in said else None


def _people(evidence: Evidence, sure: float) -> float | None:
    """1 where more or fewer heads were found than asked for, -1 where as many. None where no
    head was found although one should be: faces turned away are not found, either."""
    heads, asked = figures(evidence.found, sure), evidence.picture.asks.subjects
    if evidence.found is None or (not heads and asked):
        return None
    return -1.0 if len(heads) == asked else 1.0

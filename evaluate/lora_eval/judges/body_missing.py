"""Missing bodies: a full body was asked for, and it is not there."""

from __future__ import annotations

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement, MarkedBox
from lora_eval.judges.figures import body_under, figures, nearest, why_nothing
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import above, below, decided, joined, not_applicable
from lora_eval.judges.words import contrasted, tagged

_NAME = "body_missing"
_ASKED = "full body"


@judge(_NAME)
@needs("head_score", "body_score", "body_reach", "face_height", "head_height", "tag", "clear")
def body_missing(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """No body under the largest head, or a head too large for a full body, is the main source;
    little probability of a full body by tags and CLIP the others."""
    if evidence.picture.asks.framing != _ASKED:
        return not_applicable(_NAME, "The prompt asks for no full body.")
    found, sure = evidence.found, thresholds["head_score"]
    near = nearest(found, sure, faces=thresholds["face_height"], heads=thresholds["head_height"])
    heads = figures(found, sure)
    boxes: tuple[MarkedBox, ...] = heads[0].marked if heads else ()
    scores = [] if near is None else [above(near, 1.0, high=2.0)]
    body = None
    if heads and found is not None and "body" in found.parts:
        body, box = body_under(heads[0], found, thresholds["body_reach"])
        scores.append(below(body, thresholds["body_score"]))
        boxes += (MarkedBox("body", box),) if box is not None else ()
    tag, clip = tagged(evidence, [_ASKED]), contrasted(evidence, "framing", [_ASKED])
    others = [
        None if tag is None else below(tag, thresholds["tag"]),
        None if clip is None else 1 - clip,
    ]
    score = joined(max(scores, default=None), others, thresholds["clear"])
    return decided(
        _NAME,
        score,
        _reason(evidence, near, body, tag, clip),
        boxes=boxes,
        numbers={"nearness": near, "body": body, "tag": tag, "clip": clip},
    )


def _reason(
    evidence: Evidence,
    near: float | None,
    body: float | None,
    tag: float | None,
    clip: float | None,
) -> str:
    parts = []
    if near is None:
        parts.append(why_nothing(evidence))
    else:
        parts.append(f"the face is {near:.2f} of the height that leaves no room for a full body")
    if body is not None:
        parts.append(f"a body of score {body:.2f} is under it" if body else "no body is under it")
    said = [f"{each:.2f}" for each in (tag, clip) if each is not None]
    if said:
        parts.append(f"a full body by tagger and CLIP: {', '.join(said)}")
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."

"""Cropped heads: the frame cuts the face or the hair."""

from __future__ import annotations

from lora_eval.detect.detector import Box
from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement
from lora_eval.judges.figures import figures, why_nothing
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import AT_THRESHOLD, above, below, decided, joined, speaking_for
from lora_eval.judges.words import tagged

_CLOSE = ("portrait", "close-up")
_FAR = 0.2
"""A margin, as a share of the picture, at which nothing is cut for sure."""


@judge("cropped")
@needs("head_score", "face_margin", "head_margin", "tag", "clear")
def cropped(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """The free margin around the largest face and its head is the main source; a tag the other."""
    heads = figures(evidence.found, thresholds["head_score"])
    largest = heads[0] if heads else None
    face = _margin(largest.face) if largest and largest.face else None
    head = _margin(largest.head) if largest and largest.head else None
    if evidence.picture.asks.framing in _CLOSE and face is not None:
        head = None
    scores = [
        below(margin, thresholds[name], low=min(0.0, thresholds[name]), high=_FAR)
        for margin, name in ((face, "face_margin"), (head, "head_margin"))
        if margin is not None
    ]
    tag = tagged(evidence, ["head out of frame"])
    others = [None if tag is None else speaking_for(above(tag, thresholds["tag"]))]
    score = joined(max(scores, default=None), others, thresholds["clear"])
    return decided(
        "cropped",
        score,
        _reason(evidence, face, head, tag),
        detail=_side(largest.box) if largest and (score or 0) >= AT_THRESHOLD else "",
        boxes=largest.marked if largest else (),
        numbers={"face_margin": face, "head_margin": head, "tag": tag},
    )


def _margin(box: Box) -> float:
    """The free width at the left, right or top, whichever is least. Bodies are cut below."""
    return min(box.left, 1 - box.right, box.top)


def _side(box: Box) -> str:
    return "top" if box.top <= min(box.left, 1 - box.right) else "side"


def _reason(evidence: Evidence, face: float | None, head: float | None, tag: float | None) -> str:
    margins = (("face", face), ("head", head))
    known = [f"{name} {each:.1%} from the frame" for name, each in margins if each is not None]
    if tag is not None:
        known.append(f"tagger says {tag:.2f}")
    sentence = "; ".join(known) or why_nothing(evidence)
    return f"{sentence[0].upper()}{sentence[1:]}."

"""Mask-like faces: flat and lifeless, a doll's. Experimental: one picture tells little."""

from __future__ import annotations

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement
from lora_eval.judges.figures import figures, sees_heads, why_nothing
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import above, below, decided, mean, unknown
from lora_eval.judges.words import contrasted, tagged

_NAME = "mask_face"
_TAGS = ("mask", "expressionless", "empty eyes", "blank eyes", "doll joints")


@judge(_NAME, importance="experimental")
@needs("head_score", "sharpness", "tag")
def mask_face(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """The mean of what is known: tags, CLIP's contrast, and little detail in the face."""
    heads = figures(evidence.found, thresholds["head_score"])
    if not heads and (sees_heads(evidence.found) or evidence.found is None):
        return unknown(_NAME, f"No face to judge: {why_nothing(evidence)}.")
    tag, clip = tagged(evidence, _TAGS), contrasted(evidence, "face", ["mask"])
    detail = evidence.pixels.face_sharpness if evidence.pixels else None
    limit = thresholds["sharpness"]
    score = mean(
        [
            None if tag is None else above(tag, thresholds["tag"]),
            clip,
            None if detail is None else below(detail, limit, high=3 * limit),
        ]
    )
    said = {"tagger": tag, "CLIP": clip, "detail in the face": detail}
    known = [f"{name} {value:.2f}" for name, value in said.items() if value is not None]
    reason = ", ".join(known) if known else "no source speaks of faces"
    return decided(
        _NAME,
        score,
        f"{reason[0].upper()}{reason[1:]}.",
        boxes=heads[0].marked if heads else (),
        numbers={"tag": tag, "clip": clip, "sharpness": detail},
    )

"""Closed eyes that nobody asked for. Boxes and pixels cannot tell: a tagger or CLIP must."""

from __future__ import annotations

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement
from lora_eval.judges.figures import figures, sees_heads, why_nothing
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import above, decided, mean, not_applicable, unknown
from lora_eval.judges.words import contrasted, tagged

_NAME = "closed_eyes"


@judge(_NAME)
@needs("head_score", "tag")
def closed_eyes(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """The mean of the tag and of CLIP's contrast of open and closed eyes."""
    if evidence.picture.asks.closed_eyes:
        return not_applicable(_NAME, "The prompt asks for closed eyes.")
    heads = figures(evidence.found, thresholds["head_score"])
    if not heads and sees_heads(evidence.found):
        return unknown(_NAME, f"No face to judge: {why_nothing(evidence)}.")
    tag, clip = tagged(evidence, ["closed eyes"]), contrasted(evidence, "eyes", ["closed"])
    score = mean([None if tag is None else above(tag, thresholds["tag"]), clip])
    said = (("tagger", tag), ("CLIP", clip))
    known = [f"{name} {value:.2f}" for name, value in said if value is not None]
    reason = f"Closed eyes: {', '.join(known)}." if known else "No tagger and no CLIP has looked."
    return decided(
        _NAME,
        score,
        reason,
        boxes=heads[0].marked if heads else (),
        numbers={"tag": tag, "clip": clip},
    )

"""Close-ups that nobody asked for: the face fills the picture."""

from __future__ import annotations

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement
from lora_eval.judges.figures import figures, nearest, why_nothing
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import above, decided, joined, not_applicable
from lora_eval.judges.words import contrasted, tagged

_NAME = "close_up"
_ASKED = ("portrait", "close-up")


@judge(_NAME)
@needs("head_score", "face_height", "head_height", "tag", "clear")
def close_up(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """The height of the largest face (or head) is the main source; tags and CLIP the others."""
    framing = evidence.picture.asks.framing
    if framing in _ASKED:
        return not_applicable(_NAME, f"The prompt asks for it ({framing}).")
    near = nearest(
        evidence.found,
        thresholds["head_score"],
        faces=thresholds["face_height"],
        heads=thresholds["head_height"],
    )
    tag, clip = tagged(evidence, ["close-up"]), contrasted(evidence, "framing", ["close-up"])
    others = [None if tag is None else above(tag, thresholds["tag"]), clip]
    main = None if near is None else above(near, 1.0, high=1 / thresholds["face_height"])
    score = joined(main, others, thresholds["clear"])
    heads = figures(evidence.found, thresholds["head_score"])
    said = [f"{each:.2f}" for each in others if each is not None]
    seen = why_nothing(evidence) if near is None else f"the face is {near:.2f} of a close-up's"
    also = f"; tagger and CLIP say {', '.join(said)}" if said else ""
    return decided(
        _NAME,
        score,
        f"{seen[0].upper()}{seen[1:]}{also}.",
        boxes=heads[0].marked if heads else (),
        numbers={"nearness": near, "tag": tag, "clip": clip},
    )

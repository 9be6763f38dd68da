"""What can be seen at all: no outfit in a close-up, on a lone head, or where nobody is."""

from __future__ import annotations

from lora_eval.evidence import Evidence
from lora_eval.judges.figures import figures, nearest
from lora_eval.judges.registry import Thresholds
from lora_eval.judges.words import tagged

_BODILESS = ("floating head", "no humans", "broken")


def why_no_outfit(evidence: Evidence, thresholds: Thresholds) -> str:
    """Why no outfit can be judged, as a sentence; empty where one is in sight.

    Needs the thresholds `head_score`, `close_face`, `close_head` and `no_outfit_tag`.
    """
    bodiless = tagged(evidence, _BODILESS)
    if bodiless is not None and bodiless >= thresholds["no_outfit_tag"]:
        return f"No one with a body is seen ({bodiless:.2f}), so no outfit is."
    near = nearest(
        evidence.found,
        thresholds["head_score"],
        faces=thresholds["close_face"],
        heads=thresholds["close_head"],
    )
    if near is not None and near >= 1:
        return f"The face fills the picture ({near:.2f} of a close-up's height): no outfit is seen."
    close = tagged(evidence, ["close-up"]) if near is None else None
    if close is not None and close >= thresholds["no_outfit_tag"]:
        return f"A close-up shows no outfit ({close:.2f})."
    found = evidence.found
    if found is not None and "body" in found.parts and not found.of("body"):
        heads = figures(found, thresholds["head_score"])
        what = "No body is found under the head" if heads else "Nobody is found"
        return f"{what} by {found.detector}, so no outfit is judged."
    return ""

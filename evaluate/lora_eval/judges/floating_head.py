"""Floating heads: a head with nothing under it although the frame has room for a body."""

from __future__ import annotations

from dataclasses import dataclass

from lora_eval.evidence import Evidence, PixelFacts
from lora_eval.judgement import Judgement, MarkedBox
from lora_eval.judges.figures import Figure, body_under, figures, why_nothing
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import AT_THRESHOLD, above, below, decided, joined, speaking_for
from lora_eval.judges.words import contrasted, tagged

_TAGS = ("floating head", "disembodied head", "severed head")
_SAME = 0.5
"""Overlap from which on two boxes are of the same head."""


@dataclass(frozen=True, slots=True)
class _Look:
    figure: Figure
    score: float | None
    """None where there is room, and nothing to tell a body by."""
    body: float | None
    body_box: MarkedBox | None
    occupied: float | None


@judge("floating_head", importance="main")
@needs(
    "head_score", "room", "room_heads", "body_score", "body_reach", "occupied", "border_flat",
    "cut_margin", "tag", "tag_denies", "clip_counts", "clear",
)  # fmt: skip
def floating_head(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """Each head is looked at; the one that floats most decides.

    The detector is the main source: a head floats where the room below it *and* the absence of a
    body *and*, on a flat background, an empty band below the chin say so (the lowest score of
    them). A detector that knows no bodies needs that band. Tags and CLIP's contrast are the other
    sources (see `scoring`). Most taggers hardly know lone heads, and only speak for them; one that
    does know them (`tag_denies`) counts both ways, and its doubt, too. A CLIP that takes pale
    bodies for none is left out (`clip_counts`).
    """
    looks = [
        _look(each, evidence, thresholds)
        for each in figures(evidence.found, thresholds["head_score"])
    ]
    look = max(looks, key=lambda each: -1.0 if each.score is None else each.score, default=None)
    tag, clip = tagged(evidence, _TAGS), contrasted(evidence, "head", ["floating head"])
    denies = bool(thresholds["tag_denies"])
    vote = None if tag is None else above(tag, thresholds["tag"])
    counted = clip if thresholds["clip_counts"] else None
    others = [vote if denies else speaking_for(vote), counted]
    main = look.score if look else None
    score = joined(main, others, thresholds["clear"], doubt_counts=denies)
    reason = _reason(evidence, look, score, others)
    boxes = (*look.figure.marked, *filter(None, [look.body_box])) if look else ()
    return decided(
        "floating_head",
        score,
        reason,
        boxes=boxes,
        numbers={
            "room": look.figure.room if look else None,
            "body": look.body if look else None,
            "occupied": look.occupied if look else None,
            "tag": tag,
            "clip": clip,
        },
    )


def _look(figure: Figure, evidence: Evidence, thresholds: Thresholds) -> _Look:
    needed = thresholds["room" if figure.face is not None else "room_heads"]
    roomy = above(figure.room, needed, high=3 * needed)
    box = figure.box
    if min(box.left, box.top, 1 - box.right) <= thresholds["cut_margin"]:
        roomy = 0.0  # the frame cuts it: where its body would be is not known
    occupied = _occupied(figure, evidence.pixels, thresholds)
    emptiness = 1.0 if occupied is None else _emptiness(occupied, thresholds)
    found = evidence.found
    if found is not None and "body" in found.parts:
        body, body_box = body_under(figure, found, thresholds["body_reach"])
        score = min(roomy, below(body, thresholds["body_score"]), emptiness)
        marked = MarkedBox("body", body_box) if body_box is not None else None
        return _Look(figure, score, body, marked, occupied)
    if roomy >= AT_THRESHOLD and occupied is None:
        return _Look(figure, None, None, None, None)
    return _Look(figure, min(roomy, emptiness), None, None, occupied)


def _occupied(figure: Figure, pixels: PixelFacts | None, thresholds: Thresholds) -> float | None:
    """How much of the band below is not background; None where the background is not flat."""
    if pixels is None or pixels.border_flat < thresholds["border_flat"]:
        return None
    bands = [(each.above.overlap(figure.box), each.occupied) for each in pixels.below]
    best = max(bands, default=(0.0, 0.0))
    return best[1] if best[0] >= _SAME else None


def _emptiness(occupied: float, thresholds: Thresholds) -> float:
    return below(occupied, thresholds["occupied"], high=4 * thresholds["occupied"])


def _reason(
    evidence: Evidence, look: _Look | None, score: float | None, others: list[float | None]
) -> str:
    said = [each for each in others if each is not None]
    also = f"; tagger and CLIP say {', '.join(f'{each:.2f}' for each in said)}"
    tail = f"{also if said else ''}."
    if look is None:
        nothing = why_nothing(evidence)
        return f"{nothing[0].upper()}{nothing[1:]}{tail}"
    unit = "face" if look.figure.face is not None else "head"
    room = f"{look.figure.room:.2f} {unit} heights of room below the chin"
    parts = [room]
    if look.body is not None:
        parts.append(f"a body of score {look.body:.2f}" if look.body else "no body under it")
    if look.occupied is not None:
        parts.append(f"{look.occupied:.0%} of the band below is not background")
    if look.body is None and look.occupied is None:
        parts.append("nothing to tell a body by")
    doubt = "Contradicting: " if score is None and look.score is not None else ""
    return f"{doubt}{', '.join(parts)}{tail}"

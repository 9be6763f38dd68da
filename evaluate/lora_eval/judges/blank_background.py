"""Blank backgrounds: a place was asked for, and there is only a colour behind the character."""

from __future__ import annotations

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement
from lora_eval.judges.figures import nearest
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import above, decided, joined, not_applicable, unknown
from lora_eval.judges.words import PLAIN_BACKGROUNDS, contrasted, plain, tagged

_NAME = "blank_background"


@judge(_NAME)
@needs("head_score", "close_face", "close_head", "border_flat", "tag", "clear")
def blank_background(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """The flatness of the border is the main source; tags and CLIP the others."""
    asked = plain(evidence.picture.asks.background)
    if not asked or asked in PLAIN_BACKGROUNDS:
        return not_applicable(_NAME, "The prompt names no place.")
    near = nearest(
        evidence.found,
        thresholds["head_score"],
        faces=thresholds["close_face"],
        heads=thresholds["close_head"],
    )
    if near is not None and near >= 1:
        return unknown(_NAME, "The face fills the picture: no background is seen.", nearness=near)
    flat = evidence.pixels.border_flat if evidence.pixels else None
    tag = tagged(evidence, PLAIN_BACKGROUNDS)
    clip = contrasted(evidence, "background", PLAIN_BACKGROUNDS)
    others = [None if tag is None else above(tag, thresholds["tag"]), clip]
    main = None if flat is None else above(flat, thresholds["border_flat"])
    parts = [] if flat is None else [f"{flat:.0%} of the border is one colour"]
    said = [f"{each:.2f}" for each in (tag, clip) if each is not None]
    if said:
        parts.append(f"a plain background by tagger and CLIP: {', '.join(said)}")
    reason = "; ".join(parts) or "nothing is known of the background"
    return decided(
        _NAME,
        joined(main, others, thresholds["clear"]),
        f"{reason[0].upper()}{reason[1:]}; asked for: {asked}.",
        numbers={"border_flat": flat, "tag": tag, "clip": clip},
    )

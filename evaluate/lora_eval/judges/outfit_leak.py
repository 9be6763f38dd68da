"""Outfit leakage: another outfit was asked for, and one of the training pictures' is worn."""

from __future__ import annotations

from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import AT_THRESHOLD, above, decided, not_applicable, unknown
from lora_eval.judges.visible import why_no_outfit
from lora_eval.judges.words import knows, plain, shown

_NAME = "outfit_leak"


@judge(_NAME, importance="main")
@needs("margin", "shown", "head_score", "close_face", "close_head", "no_outfit_tag")
def outfit_leak(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """Leaked where a training outfit is probable *and* more so than the asked one.

    The base model's pictures are judged by the same rule; what they leak by chance is subtracted
    where rates are compared, not here.
    """
    asked = plain(evidence.picture.asks.outfit)
    trained = [plain(each) for each in evidence.character.training_outfits]
    if not asked:
        return not_applicable(_NAME, "The prompt asks for no outfit.")
    if asked in trained:
        return not_applicable(_NAME, f"The prompt asks for a training outfit ({asked}).")
    refusal = why_no_outfit(evidence, thresholds)
    if not trained or refusal:
        return unknown(_NAME, refusal or "No outfit of the training pictures is known.")
    pair = shown(evidence, "outfit", trained, [asked])
    if pair is None or not knows(evidence, "outfit", trained):
        return unknown(_NAME, "Neither a tagger nor CLIP knows the training outfit.")
    training, obeyed = pair
    score = min(
        above(training, thresholds["shown"]),
        above(training - obeyed, thresholds["margin"], low=-1.0),
    )
    if score >= AT_THRESHOLD:
        detail = "leaked"
    else:
        detail = "obeyed" if obeyed >= max(thresholds["shown"], training) else "neither"
    before = _in_base(evidence, asked, trained)
    too = f"; {before:.2f} without any LoRA" if before is not None else ""
    return decided(
        _NAME,
        score,
        f"Asked for {asked}: {obeyed:.2f}; of the training pictures {', '.join(trained)}: "
        f"{training:.2f}{too}.",
        detail=detail,
        numbers={"training": training, "asked": obeyed, "base_training": before},
    )


def _in_base(evidence: Evidence, asked: str, trained: list[str]) -> float | None:
    if evidence.base is None:
        return None
    pair = shown(evidence.base, "outfit", trained, [asked])
    return pair[0] if pair else None

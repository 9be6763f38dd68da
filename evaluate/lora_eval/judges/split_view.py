"""Split views: the character more than once, or a picture that is divided into panels."""

from __future__ import annotations

from lora_eval.detect.detector import Box
from lora_eval.evidence import Evidence
from lora_eval.judgement import Judgement, MarkedBox
from lora_eval.judges.figures import Figure, figures, sees_heads, why_nothing
from lora_eval.judges.needs import needs
from lora_eval.judges.registry import Thresholds, judge
from lora_eval.judges.scoring import AT_THRESHOLD, above, decided, joined, speaking_for
from lora_eval.judges.words import contrasted, tagged

_TAGS = (
    "multiple views", "split screen", "projected inset", "zoom layer", "reference sheet",
    "turnaround", "column lineup", "comic",
)  # fmt: skip


@judge("split_view", importance="main")
@needs("head_score", "relative_size", "seam_share", "seam_ratio", "tag", "clear")
def split_view(evidence: Evidence, thresholds: Thresholds) -> Judgement:
    """More heads than subjects, or a seam, whichever is clearer, is the main source. Tags and
    CLIP's contrast are the others, but not where several subjects were asked for; and as they
    cannot count, they do not speak against heads that were found."""
    asked = evidence.picture.asks.subjects
    heads = _heads(evidence, thresholds)
    extra = sorted((each.score for each in heads), reverse=True)[max(1, asked) :][:1]
    extra_score = extra[0] if extra else 0.0
    counted = above(extra_score, thresholds["head_score"]) if heads else None
    seam = _seam(evidence, heads, thresholds) if asked <= 1 else None
    if counted is None and seam is not None and seam < AT_THRESHOLD and asked:
        seam = None  # without a head found, the lack of a seam does not say that it is one view
    main = max((each for each in (counted, seam) if each is not None), default=None)
    tag, clip = tagged(evidence, _TAGS), contrasted(evidence, "views", ["multiple"])
    votes = [None if tag is None else above(tag, thresholds["tag"]), clip] if asked <= 1 else []
    are_more = counted is not None and counted >= AT_THRESHOLD
    others = [speaking_for(vote) if are_more else vote for vote in votes]
    score = joined(main, others, thresholds["clear"])
    pixels = evidence.pixels
    return decided(
        "split_view",
        score,
        _reason(evidence, heads, others, is_contradicted=score is None and main is not None),
        detail=_detail(score, counted, seam),
        boxes=_boxes(evidence, heads, seam),
        numbers={
            "heads": float(len(heads)) if sees_heads(evidence.found) else None,
            "asked": float(asked),
            "extra_head": extra_score,
            "seam_share": pixels.seam_share if pixels else None,
            "seam_ratio": pixels.seam_ratio if pixels else None,
            "tag": tag,
            "clip": clip,
        },
    )


def _heads(evidence: Evidence, thresholds: Thresholds) -> tuple[Figure, ...]:
    """Heads that are not small beside the largest: faces on posters and dolls do not count."""
    heads = figures(evidence.found, thresholds["head_score"])
    if not heads:
        return ()
    least = thresholds["relative_size"] * _height(heads[0])
    return tuple(each for each in heads if _height(each) >= least)


def _height(figure: Figure) -> float:
    return (figure.head or figure.box).height


def _seam(evidence: Evidence, heads: tuple[Figure, ...], thresholds: Thresholds) -> float | None:
    """How surely a straight edge divides the picture. A level one (a horizon, a table) only
    counts with a head above and one below."""
    pixels = evidence.pixels
    if pixels is None:
        return None
    if pixels.seam is not None and pixels.seam.width > pixels.seam.height:
        middle = (pixels.seam.top + pixels.seam.bottom) / 2
        sides = {(each.box.top + each.box.bottom) / 2 < middle for each in heads}
        if len(sides) < 2:
            return 0.0
    ratio = thresholds["seam_ratio"]
    return min(
        above(pixels.seam_share, thresholds["seam_share"]),
        above(pixels.seam_ratio, ratio, high=3 * ratio),
    )


def _detail(score: float | None, counted: float | None, seam: float | None) -> str:
    if score is None or score < AT_THRESHOLD:
        return ""
    kinds = (("more heads", counted), ("panel", seam))
    return " and ".join(name for name, each in kinds if each is not None and each >= AT_THRESHOLD)


def _boxes(
    evidence: Evidence, heads: tuple[Figure, ...], seam: float | None
) -> tuple[MarkedBox, ...]:
    line: Box | None = evidence.pixels.seam if evidence.pixels else None
    marked = [each for head in heads for each in head.marked]
    if line is not None and seam is not None and seam >= AT_THRESHOLD:
        marked.append(MarkedBox("seam", line))
    return tuple(marked)


def _reason(
    evidence: Evidence,
    heads: tuple[Figure, ...],
    others: list[float | None],
    *,
    is_contradicted: bool,
) -> str:
    asked, pixels = evidence.picture.asks.subjects, evidence.pixels
    count = f"{len(heads)} heads found" if len(heads) != 1 else "1 head found"
    parts = [f"{count}, {asked} asked for" if heads else why_nothing(evidence)]
    if pixels is not None and asked <= 1:
        parts.append(
            f"strongest edge over {pixels.seam_share:.0%} of the picture at "
            f"{pixels.seam_ratio:.1f} times its neighbours"
        )
    said = [f"{each:.2f}" for each in others if each is not None]
    if said:
        parts.append(f"tagger and CLIP say {', '.join(said)}")
    start = "Contradicting: " if is_contradicted else ""
    sentence = "; ".join(parts)
    return f"{start}{sentence[0].upper()}{sentence[1:]}."

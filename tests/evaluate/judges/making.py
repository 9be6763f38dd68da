"""Evidence made by hand, for the tests of the judges."""

from __future__ import annotations

from typing import Any

from lora_eval.detect import Box, Detection
from lora_eval.evidence import ClipFacts, Evidence, Found, Likeness, PixelFacts, Tags
from lora_eval.judgement import Judgement
from lora_eval.judges import registered
from lora_eval.judges.thresholds import load_thresholds
from lora_eval.pictures import CharacterFacts, Picture
from lora_eval.suite.model import Asked

THRESHOLDS = load_thresholds()
HEAD, FACE = Box(0.25, 0.1, 0.75, 0.58), Box(0.34, 0.25, 0.66, 0.57)
"""A lone head's, as high as the lone heads that paperdoll draws: 1.3 face heights below it."""
BODY = Box(0.3, 0.57, 0.7, 0.98)


def picture(**asks: Any) -> Picture:
    return Picture(
        file="pictures/a/p-s1-seed1.png",
        contender="a",
        prompt_id="p",
        prompt="mio",
        seed=1,
        strength=1,
        asks=Asked(**asks),
    )


def found(*detections: Detection, detector: str = "paperdoll", faces_only: bool = False) -> Found:
    parts = frozenset({"face"}) if faces_only else frozenset({"head", "face", "body"})
    return Found(detector, parts, False, detections)  # type: ignore[arg-type]


def head(box: Box = HEAD, score: float = 0.9) -> Detection:
    return Detection("head", box, score)


def face(box: Box = FACE, score: float = 0.9) -> Detection:
    return Detection("face", box, score)


def body(box: Box = BODY, score: float = 0.9) -> Detection:
    return Detection("body", box, score)


def pixels(**changes: Any) -> PixelFacts:
    plain: dict[str, Any] = {
        "width_px": 64,
        "height_px": 64,
        "noise_sigma": 1.0,
        "high_frequency": 0.02,
        "hue_entropy_bits": 3.0,
        "saturated": 0.3,
        "one_colour": 0.2,
        "border_flat": 0.1,
        "seam_share": 0.1,
        "seam_ratio": 1.0,
        "seam": None,
        "below": (),
        "face_sharpness": 1.0,
        "hair_lab": None,
    }
    return PixelFacts(**{**plain, **changes})


def clip(**contrasts: dict[str, float]) -> ClipFacts:
    return ClipFacts("paperdoll", contrasts, {})


def tags(**confidences: float) -> Tags:
    return Tags("paperdoll", {name.replace("_", " "): each for name, each in confidences.items()})


def evidence(
    *detections: Detection,
    asks: dict[str, Any] | None = None,
    outfits: tuple[str, ...] = (),
    traits: tuple[str, ...] = (),
    looked: bool = True,
    likeness: Likeness | None = None,
    **sources: Any,
) -> Evidence:
    """Of the paperdoll detector with these detections, unless `looked` is false."""
    sources = {"found": found(*detections) if looked else None, **sources}
    character = CharacterFacts(trigger="mio", training_outfits=outfits, traits=traits)
    return Evidence(picture(**(asks or {})), character, likeness=likeness, **sources)


def judged(name: str, known: Evidence) -> Judgement:
    detector = known.found.detector if known.found else ""
    return registered()[name].rule(known, THRESHOLDS.of(name, detector))

"""What detectors do with boxes: of several on one thing the surest stays."""

from __future__ import annotations

from collections.abc import Iterable

from lora_eval.detect.detector import Box, Detection


def without_doubles(found: Iterable[Detection], overlap: float) -> tuple[Detection, ...]:
    """The surest of each group of overlapping detections of one part, the surest first.

    Args:
        overlap: intersection over union from which two boxes mean one thing, 0..1.
    """
    kept: list[Detection] = []
    for each in sorted(found, key=lambda detection: -detection.score):
        if all(each.part != other.part or each.box.overlap(other.box) < overlap for other in kept):
            kept.append(each)
    return tuple(kept)


def inside(left: float, top: float, right: float, bottom: float) -> Box:
    """A box cut at the picture's border, its sides in order."""
    xs = sorted((min(1.0, max(0.0, left)), min(1.0, max(0.0, right))))
    ys = sorted((min(1.0, max(0.0, top)), min(1.0, max(0.0, bottom))))
    return Box(xs[0], ys[0], xs[1], ys[1])

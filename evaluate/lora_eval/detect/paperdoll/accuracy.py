"""How well a detector finds boxes that are known."""

from __future__ import annotations

from collections.abc import Sequence

from lora_eval.detect.detector import Detection, Part
from lora_eval.detect.paperdoll.network import PARTS
from lora_eval.detect.paperdoll.targets import Truth

MATCH = 0.5
"""Overlap (intersection over union) from which a box is found."""


def measured(found: Sequence[Sequence[Detection]], truths: Sequence[Truth]) -> dict[str, float]:
    """Precision and recall of each part at an overlap of 0.5, and the share of pictures whose
    number of heads is exactly right, and whose question "is there a body" is answered rightly."""
    numbers: dict[str, float] = {}
    for part in PARTS:
        right = sum(_matched(each, truth, part) for each, truth in zip(found, truths, strict=True))
        claimed = sum(_count(each, part) for each in found)
        real = sum(1 for truth in truths for kind, _ in truth if kind == part)
        numbers[f"{part} precision"] = right / max(1, claimed)
        numbers[f"{part} recall"] = right / max(1, real)
    pairs = list(zip(found, truths, strict=True))
    heads = [(_count(each, "head"), _real(truth, "head")) for each, truth in pairs]
    numbers["heads counted"] = sum(a == b for a, b in heads) / len(pairs)
    bodies = [(_count(each, "body"), _real(truth, "body")) for each, truth in pairs]
    numbers["body or none"] = sum(bool(a) == bool(b) for a, b in bodies) / len(pairs)
    return numbers


def _count(found: Sequence[Detection], part: Part) -> int:
    return sum(1 for each in found if each.part == part)


def _real(truth: Truth, part: Part) -> int:
    return sum(1 for kind, _ in truth if kind == part)


def _matched(found: Sequence[Detection], truth: Truth, part: Part) -> int:
    """Each true box is matched by at most one detection, the surest first."""
    left = [box for kind, box in truth if kind == part]
    right = 0
    for each in found:
        if each.part != part or not left:
            continue
        best = max(left, key=lambda box: box.overlap(each.box))
        if best.overlap(each.box) >= MATCH:
            left.remove(best)
            right += 1
    return right

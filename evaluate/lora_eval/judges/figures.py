"""Heads with their faces and the bodies under them, put together from a detector's boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lora_eval.detect.detector import Box, Detection
from lora_eval.evidence import Evidence, Found
from lora_eval.judgement import MarkedBox

_IN_HEAD = 0.5
"""Share of a face that lies in the head that it belongs to."""
_UNDER = 0.3
"""Share of the narrower of head and body that they must have in common from left to right."""
_NECK = 0.75
"""A body starts at most so many unit heights below the chin."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One head as far as it was found: its box, its face's, or both."""

    head: Box | None
    face: Box | None
    score: float
    """The detector's surest of the two."""

    @property
    def box(self) -> Box:
        """The face where it is known, else the head: chins are measured from it."""
        box = self.face or self.head
        assert box is not None
        return box

    @property
    def room(self) -> float:
        """Height below the chin, in heights of `box`."""
        return (1 - self.box.bottom) / max(self.box.height, 1e-6)

    @property
    def marked(self) -> tuple[MarkedBox, ...]:
        """Its boxes, for the report."""
        named = (("head", self.head), ("face", self.face))
        return tuple(MarkedBox(label, box) for label, box in named if box is not None)


def figures(found: Found | None, sure: float) -> tuple[Figure, ...]:
    """Heads and faces of at least a score, each face joined to its head, the largest first."""
    if found is None:
        return ()
    free = [each for each in found.of("face") if each.score >= sure]
    result = []
    for head in (each for each in found.of("head") if each.score >= sure):
        face = _face_in(head, free)
        if face is not None:
            free.remove(face)
        score = max(head.score, face.score if face else 0.0)
        result.append(Figure(head.box, face.box if face else None, score))
    result += [Figure(None, face.box, face.score) for face in free]
    return tuple(sorted(result, key=lambda each: (-each.box.height, each.box)))


def body_under(figure: Figure, found: Found, reach: float) -> tuple[float, Box | None]:
    """The surest body below a head, its score and box; `(0, None)` where there is none.

    Args:
        reach: how far it must go on below the chin, in heights of the face (or head) box.
    """
    unit, chin = figure.box.height, figure.box.bottom
    sure, box = 0.0, None
    for each in found.of("body"):
        width = min(each.box.width, figure.box.width)
        common = min(each.box.right, figure.box.right) - max(each.box.left, figure.box.left)
        is_under = common > 0 and common >= _UNDER * width
        starts = found.bodies_include_heads or each.box.top - chin <= _NECK * unit
        if is_under and starts and each.box.bottom - chin >= reach * unit and each.score > sure:
            sure, box = each.score, each.box
    return sure, box


def sees_heads(found: Found | None) -> bool:
    """Whether the detector could have found a head or a face."""
    return found is not None and bool({"head", "face"} & found.parts)


def nearest(found: Found | None, sure: float, *, faces: float, heads: float) -> float | None:
    """How near the largest face comes to a limit of its height: 1 at the limit. None without any.

    Args:
        faces: the limit of a face's height, as a share of the picture's.
        heads: that of a head's, where its face was not found.
    """
    heights = [
        each.box.height / (faces if each.face is not None else heads)
        for each in figures(found, sure)
    ]
    return max(heights, default=None)


def why_nothing(evidence: Evidence) -> str:
    """Why there is no head to judge by, as a clause."""
    if evidence.found is None:
        return "no detector has looked"
    if not sees_heads(evidence.found):
        return f"{evidence.found.detector} finds neither heads nor faces"
    return f"{evidence.found.detector} found no head"


def _face_in(head: Detection, faces: Sequence[Detection]) -> Detection | None:
    shares = [
        (head.box.common(face.box) / face.box.area if face.box.area > 0 else 0.0, index)
        for index, face in enumerate(faces)
    ]
    best = max(shares, key=lambda each: (each[0], -each[1]), default=(0.0, 0))
    return faces[best[1]] if best[0] >= _IN_HEAD else None

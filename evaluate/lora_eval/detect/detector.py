"""What every detector gives: boxes of heads, faces and bodies, in shares of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from PIL.Image import Image

Part = Literal["head", "face", "body"]
"""`head` with its hair; `face` from the brows to the chin or as its detector means it (thresholds
in heights of faces are kept per detector); `body` what is below the chin, or the whole person
where the detector knows only that (`bodies_include_heads`)."""


class Box(NamedTuple):
    """Left, top, right, bottom as shares of the picture's width and height, 0..1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        common = self.common(other)
        union = self.area + other.area - common
        return common / union if union > 0 else 0.0

    def common(self, other: Box) -> float:
        """The area of both, as a share of the picture."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing that was found."""

    part: Part
    box: Box
    score: float
    """How sure the detector is, 0..1; comparable within one detector only."""


class Detector(Protocol):
    """Finds heads, faces and bodies. Made by `lora_eval.detect.open_detector`."""

    name: str
    """Its key in the registry and in the thresholds, such as `paperdoll`."""
    version: str
    """Changes whenever its answers may: of its weights and its own thresholds."""
    parts: frozenset[Part]
    """What it can see. The absence of other parts means nothing."""
    bodies_include_heads: bool

    def detect(self, images: Sequence[Image]) -> list[tuple[Detection, ...]]:
        """Detections of each picture, the surest first; overlapping doubles removed.

        Raises:
            DetectorError: the detector itself fails (never: nothing was found).
        """
        ...

"""What is known about one picture when it is judged. Plain numbers: judges see no pixels.

Each source may be missing (None); judges that need it then say `unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lora_eval.detect.detector import Box, Detection, Part
from lora_eval.pictures import CharacterFacts, Picture


@dataclass(frozen=True, slots=True)
class Found:
    """What one detector found."""

    detector: str
    parts: frozenset[Part]
    """What the detector can see at all."""
    bodies_include_heads: bool
    detections: tuple[Detection, ...]

    def of(self, part: Part) -> tuple[Detection, ...]:
        """Detections of one part, the surest first."""
        return tuple(each for each in self.detections if each.part == part)


@dataclass(frozen=True, slots=True)
class Below:
    """The region under one head or face, measured in pixels."""

    above: Box
    """The face or head that it lies under."""
    room: float
    """Free height below the chin in heights of the face box."""
    occupied: float
    """Share of the band's pixels that differ from the background, 0..1."""


@dataclass(frozen=True, slots=True)
class PixelFacts:
    """Measured from the pixels alone."""

    width_px: int
    height_px: int
    noise_sigma: float
    """Noise by wavelets (skimage `estimate_sigma`), of 255."""
    high_frequency: float
    """Share of the spectrum's energy above a quarter of the sampling rate, 0..1."""
    hue_entropy_bits: float
    saturated: float
    """Share of pixels that have a hue, 0..1."""
    one_colour: float
    """Share of pixels within 2 of the commonest colour (in Lab), 0..1."""
    border_flat: float
    """Share of the border ring near its median colour, 0..1."""
    seam_share: float
    """Of the strongest straight inner edge from border to border, 0..1."""
    seam_ratio: float
    """That edge over the median of its neighbours."""
    seam: Box | None
    below: tuple[Below, ...]
    face_sharpness: float | None
    """Laplacian variance in the primary face over that of the picture."""
    hair_lab: tuple[float, float, float] | None
    """Median colour of what is hair in the primary head box, CIELAB."""


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """What CLIP says, as probabilities among alternatives."""

    model: str
    contrasts: Mapping[str, Mapping[str, float]]
    """By group (`outfit`, `background`, `framing`, `eyes`, `hair`, `head`, `views`, `face`), the
    probability of each phrase among the group's phrases; sums to 1 in each group."""
    phrases: Mapping[str, float]
    """For each phrase of the prompt the probability against its alternatives."""


@dataclass(frozen=True, slots=True)
class Tags:
    """A tagger's confidence of each tag, 0..1 (tags with blanks, not underscores)."""

    tagger: str
    confidences: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How like the training pictures the character looks."""

    model: str
    value: float
    """Mean cosine similarity of the head (or picture) to the training pictures'."""
    own_low: float
    """5th percentile of the training pictures' likeness to one another, each left out in turn."""
    own_median: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one picture."""

    picture: Picture
    character: CharacterFacts
    found: Found | None = None
    pixels: PixelFacts | None = None
    clip: ClipFacts | None = None
    tags: Tags | None = None
    likeness: Likeness | None = None
    base: Evidence | None = None
    """Of the base model's picture of the same prompt and seed."""

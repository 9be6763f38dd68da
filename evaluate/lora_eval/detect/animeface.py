"""Faces by PyPI's `animeface` (the nvxs core of 2009): small, no download, frontal faces only.

It hands Pillow's image to a C library that knows the layout of Pillow's own structures, and with
Pillow 12 and newer it silently finds nothing. So it has to find a drawn face before it may find
none: never is that emptiness taken for a picture without a face.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import PIL
from PIL import Image

from lora_eval.detect.boxes import inside, without_doubles
from lora_eval.detect.detector import Detection, Part
from lora_eval.errors import DetectorError
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.traits import Character, Outfit, Scene

LONGER_SIDE_PX = 512
"""Pictures are brought to this size: of 384, 512, 768 and 1024 px on 19 real pictures all did
about as well (14 to 17 exact counts), and small faces need more than 384."""
LEAST_LIKELIHOOD = 0.5
SAME_FACE = 0.3
_FIX = "Use Pillow below 12: pip install 'lora-wizard[animeface]'"


class AnimefaceDetector:
    """Finds frontal anime faces."""

    name = "animeface"
    parts: frozenset[Part] = frozenset({"face"})
    bodies_include_heads = False

    def __init__(self, library: Any) -> None:
        self._library = library
        self.version = (
            f"animeface {importlib.metadata.version('animeface')}, {LONGER_SIDE_PX} px, from "
            f"{LEAST_LIKELIHOOD}"
        )

    def detect(self, images: Sequence[Image.Image]) -> list[tuple[Detection, ...]]:
        """Faces of each picture, the surest first."""
        return [self._faces(image) for image in images]

    def _faces(self, image: Image.Image) -> tuple[Detection, ...]:
        scale = LONGER_SIDE_PX / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        ready = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        found = []
        for face in self._library.detect(ready):
            place, likelihood = face.face.pos, float(face.likelihood)
            if likelihood >= LEAST_LIKELIHOOD:
                box = inside(
                    place.x / size[0],
                    place.y / size[1],
                    (place.x + place.width) / size[0],
                    (place.y + place.height) / size[1],
                )
                found.append(Detection("face", box, round(min(1.0, likelihood), 4)))
        return without_doubles(found, SAME_FACE)


def open_animeface(*, weights: Path | None = None, offline: bool = True) -> AnimefaceDetector:
    """The detector, after it has found a face that is there. There is nothing to download.

    Raises:
        DetectorError: the package is not installed, or fails its self-test.
    """
    try:
        import animeface
    except ImportError as error:
        fix = "Install it: pip install 'lora-wizard[animeface]'"
        raise DetectorError("is not installed", where="animeface", fix=fix) from error
    detector = AnimefaceDetector(animeface)
    self_test(detector)
    return detector


def self_test(detector: AnimefaceDetector) -> None:
    """Shows the detector a drawn face.

    Raises:
        DetectorError: it does not find it.
    """
    (found,) = detector.detect([known_face()])
    if len(found) != 1 or not 0.2 < found[0].box.height < 0.9:
        what = f"does not find a face that is there (Pillow {PIL.__version__})"
        raise DetectorError(what, where="animeface", fix=_FIX)


def known_face() -> Image.Image:
    """A drawn portrait whose face is found where the library works."""
    character = Character("blonde", "side ponytail", "swept bangs", "blue", "hairband", "pink")
    scene = Scene(character, Outfit("school uniform", "blue"), framing="portrait")
    return draw(scene, size=384, seed=7).image.convert("RGB")

"""How like the training pictures a character looks, by the embeddings of heads.

The yardstick is the training pictures themselves: each is compared with all others, as if it were
a generated one. No cosine means anything without that, nor between two models.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lora_eval.clip.heads import cut_head, head_box
from lora_eval.clip.model import ClipModel
from lora_eval.detect.detector import Detector
from lora_eval.errors import PicturesError
from lora_eval.evidence import Found, Likeness
from lora_eval.pictures.files import open_picture

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})
LEAST_HEADS = 3
"""Fewer training pictures with a head say nothing of how alike they are."""


_AT_ONCE = 16
"""Training pictures in memory together."""


@dataclass(frozen=True, slots=True)
class TrainingLooks:
    """The heads of the training pictures."""

    model: str
    embeddings: np.ndarray
    """`(pictures, width)` float32 of length 1 each."""
    own: np.ndarray
    """`(pictures,)` each picture's mean cosine to all others."""


def training_looks(model: ClipModel, folder: Path, detector: Detector) -> TrainingLooks:
    """The heads in a folder of training pictures and the folders in it; transparent ones on white.

    Pictures without a head (outfits on a mannequin) have no say: a whole picture cannot be
    compared with heads.

    Raises:
        PicturesError: there are fewer than three pictures with a head.
    """
    if not folder.is_dir():
        fix = "Give where they are now by --training-images; the manifest keeps the old place"
        raise PicturesError("There is no such folder", where=str(folder), fix=fix)
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    heads: list[Image.Image] = []
    for start in range(0, len(files), _AT_ONCE):
        images = list(_readable(files[start : start + _AT_ONCE]))
        for image, detections in zip(images, detector.detect(images), strict=True):
            found = Found(detector.name, detector.parts, detector.bodies_include_heads, detections)
            if place := head_box(found):
                heads.append(cut_head(image, *place))
    if len(heads) < LEAST_HEADS:
        what = f"has {len(heads)} pictures with a head among {len(files)}"
        fix = f"At least {LEAST_HEADS} are needed for the likeness; check --training-images"
        raise PicturesError(what, where=str(folder), fix=fix)
    embeddings = model.image_embeddings(heads)
    return TrainingLooks(model.name, embeddings, leave_one_out(embeddings))


def _readable(files: Sequence[Path]) -> Iterator[Image.Image]:
    """The pictures that can be read, on white."""
    for path in files:
        with suppress(PicturesError):  # one damaged file does not stop the others
            yield _on_white(open_picture(path))


def leave_one_out(embeddings: np.ndarray) -> np.ndarray:
    """Each row's mean cosine to all other rows, `(rows,)`; rows have length 1."""
    cosines = embeddings @ embeddings.T
    own: np.ndarray = (cosines.sum(axis=1) - np.diag(cosines)) / (len(embeddings) - 1)
    return own


def measure_likeness(
    model: ClipModel,
    images: Sequence[Image.Image],
    found: Sequence[Found | None],
    training: TrainingLooks,
) -> list[Likeness | None]:
    """Each picture's likeness by its surest head; None where no head was found.

    Whole pictures would not do in its place: they are as alike as their backgrounds are.
    """
    places = [head_box(each) for each in found]
    crops = [
        cut_head(_on_white(image), *place)
        for image, place in zip(images, places, strict=True)
        if place
    ]
    values = iter((model.image_embeddings(crops) @ training.embeddings.T).mean(axis=1))
    low = round(float(np.percentile(training.own, 5)), 5)
    middle = round(float(np.median(training.own)), 5)
    return [
        Likeness(model.name, round(float(next(values)), 5), low, middle) if place else None
        for place in places
    ]


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    layer = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return Image.alpha_composite(ground, layer).convert("RGB")

"""What of a picture each question is about: all of it, the head, or the clothes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw

from lora_eval.clip.heads import cut_head, head_box
from lora_eval.clip.model import ClipModel
from lora_eval.detect.detector import Box
from lora_eval.evidence import Found

View = Literal["whole", "head", "clothes"]
GREY = (153, 153, 153)
"""What hides the face while clothes are judged (as geneval does, #999)."""
BODY_MARGIN = 0.08
"""Around a body's box, in the box's own size."""
LEAST_BODY = 0.04
"""A body's box below this share of the picture is not cut out: it would show nothing."""
_OF_HEADS = frozenset({"hair", "eyes", "face", "eye_colour", "hair_style"})


def view_of(group: str, *, drawn: bool) -> View:
    """What a group of phrases is asked about.

    Args:
        drawn: whether the model is paperdoll's, which knows whole pictures and heads only.
    """
    if group in _OF_HEADS:
        return "head"
    return "clothes" if group == "outfit" and not drawn else "whole"


def views_of(
    model: ClipModel, images: Sequence[Image.Image], found: Sequence[Found | None]
) -> Mapping[View, np.ndarray]:
    """Embeddings of every picture's views, `(n, width)` each; the whole where no part was found."""
    pairs = list(zip(images, found, strict=True))
    whole = model.image_embeddings(images)
    heads = [_head(image, each) for image, each in pairs]
    views: dict[View, np.ndarray] = {"whole": whole, "head": _or_whole(model, heads, whole)}
    if not model.is_paperdoll:
        clothes = [clothes_view(image, each) for image, each in pairs]
        views["clothes"] = _or_whole(model, clothes, whole)
    return views


def clothes_view(image: Image.Image, found: Found | None) -> Image.Image | None:
    """The surest body with a grey box over every face, so that hair and eyes do not dress it.

    None where neither a face nor a body was found.
    """
    if found is None or not (found.of("face") or found.of("body")):
        return None
    hidden = image.convert("RGB")
    pen = ImageDraw.Draw(hidden)
    for face in found.of("face"):
        pen.rectangle(_pixels(face.box, image), fill=GREY)
    bodies = [each.box for each in found.of("body") if each.box.area >= LEAST_BODY]
    return hidden.crop(_pixels(_wider(bodies[0]), image)) if bodies else hidden


def _head(image: Image.Image, found: Found | None) -> Image.Image | None:
    place = head_box(found)
    return None if place is None else cut_head(image, *place)


def _or_whole(
    model: ClipModel, parts: Sequence[Image.Image | None], whole: np.ndarray
) -> np.ndarray:
    """The parts' embeddings, and the whole pictures' where there is no part."""
    there = [index for index, part in enumerate(parts) if part is not None]
    rows = whole.copy()
    if there:
        rows[there] = model.image_embeddings([part for part in parts if part is not None])
    return rows


def _wider(box: Box) -> Box:
    across, down = box.width * BODY_MARGIN, box.height * BODY_MARGIN
    return Box(max(0, box.left - across), max(0, box.top - down),
               min(1, box.right + across), min(1, box.bottom + down))  # fmt: skip


def _pixels(box: Box, image: Image.Image) -> tuple[int, int, int, int]:
    left, top = round(box.left * image.width), round(box.top * image.height)
    right, bottom = round(box.right * image.width), round(box.bottom * image.height)
    return left, top, max(left + 1, right), max(top + 1, bottom)

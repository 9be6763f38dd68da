"""The colour of hair, where the head is known."""

from __future__ import annotations

import numpy as np

from lora_eval.evidence import Found
from lora_eval.measure.border import border_colour
from lora_eval.measure.regions import cut

FAR_FROM_GROUND = 10.0
_LEAST_PIXELS = 12


def hair_colour(lab: np.ndarray, found: Found | None) -> tuple[float, float, float] | None:
    """Median colour in CIELAB of the primary head without its face and without background.

    None where no head is known (a face's box says nothing of the hair), or too little is left.
    """
    heads = () if found is None else found.of("head")
    if found is None or not heads:
        return None
    head = max(heads, key=lambda each: each.box.area).box
    hair = np.ones(lab.shape[:2], dtype=bool)
    for face in found.of("face"):
        cut(hair, face.box)[:] = False
    distance = np.linalg.norm(cut(lab, head) - border_colour(lab), axis=-1)
    chosen = cut(lab, head)[cut(hair, head) & (distance > FAR_FROM_GROUND)]
    if len(chosen) < _LEAST_PIXELS:
        return None
    lightness, a, b = (round(float(value), 3) for value in np.median(chosen, axis=0))
    return lightness, a, b

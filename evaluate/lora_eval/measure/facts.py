"""All measurements of one picture, on one common scale.

Pictures are brought to at most 768 px on the longer side before anything is measured: noise and
edges mean something per pixel of what one looks at, and thresholds were found at that size.
Smaller ones are not enlarged: interpolation would hide their noise.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from skimage.color import rgb2lab

from lora_eval.detect.detector import Box
from lora_eval.evidence import Below, Found, PixelFacts
from lora_eval.measure.border import border_colour, border_flat
from lora_eval.measure.colour import hue_entropy, one_colour
from lora_eval.measure.hair import hair_colour
from lora_eval.measure.noise import high_frequency, noise_sigma
from lora_eval.measure.regions import cut, grown
from lora_eval.measure.seam import strongest_seam
from lora_eval.measure.sharpness import sharpness_ratio

LONGEST_PX = 768
FAR_FROM_GROUND = 10.0
"""Distance in CIELAB from which a pixel is not background."""


def measure_pixels(image: Image.Image, found: Found | None = None) -> PixelFacts:
    """Measures a picture of any size and mode; transparent ones are put on white.

    Args:
        found: heads and faces, for what is measured beside and below them.
    """
    width, height = image.size
    pixels = _measured(image)
    lab = rgb2lab(pixels)
    entropy, saturated = hue_entropy(pixels)
    heads = () if found is None else (found.of("face") or found.of("head"))
    boxes = [each.box for each in heads]
    seam = strongest_seam(lab, boxes)
    primary = max(boxes, key=lambda box: box.area, default=None)
    return PixelFacts(
        width_px=width,
        height_px=height,
        noise_sigma=_rounded(noise_sigma(pixels)),
        high_frequency=_rounded(high_frequency(pixels)),
        hue_entropy_bits=_rounded(entropy),
        saturated=_rounded(saturated),
        one_colour=_rounded(one_colour(lab)),
        border_flat=_rounded(border_flat(lab)),
        seam_share=_rounded(seam.share),
        seam_ratio=_rounded(seam.ratio),
        seam=seam.box,
        below=tuple(_below(lab, box) for box in boxes),
        face_sharpness=None if primary is None else sharpness_ratio(pixels, primary),
        hair_lab=hair_colour(lab, found),
    )


def _below(lab: np.ndarray, above: Box) -> Below:
    """The band under a face, a face's height high and a little wider than it."""
    room = (1 - above.bottom) / above.height if above.height > 0 else 0.0
    band = grown(above, sides=0.25, top=-1.25, bottom=1.25)
    part = cut(lab, band).reshape(-1, 3)
    if not len(part):
        return Below(above, _rounded(room), 0.0)
    distance = np.linalg.norm(part - border_colour(lab), axis=1)
    return Below(above, _rounded(room), _rounded(float((distance > FAR_FROM_GROUND).mean())))


def _measured(image: Image.Image) -> np.ndarray:
    """`(height, width, 3)` uint8, at the size at which things are measured."""
    if image.mode != "RGB":
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(ground, layer).convert("RGB")
    if max(image.size) > LONGEST_PX:
        image = image.copy()
        image.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.BOX)
    return np.asarray(image)


def _rounded(value: float) -> float:
    return round(value, 5)

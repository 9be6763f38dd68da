"""The paperdoll detector as the judges use it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from safetensors import SafetensorError
from safetensors.torch import load_file

from lora_eval.detect.boxes import inside
from lora_eval.detect.detector import Detection, Part
from lora_eval.detect.paperdoll.network import PARTS, SIDE_PX, DetectorNetwork
from lora_eval.detect.paperdoll.targets import decode
from lora_eval.errors import DetectorError

SHIPPED = Path(__file__).parent / "weights" / "detector.safetensors"
LEAST_SCORE = 0.3
_AT_ONCE = 128


class PaperdollDetector:
    """Finds heads, faces and bodies in paperdoll pictures."""

    name = "paperdoll"
    parts: frozenset[Part] = frozenset(PARTS)
    bodies_include_heads = False

    def __init__(self, network: DetectorNetwork, version: str, least: float = LEAST_SCORE) -> None:
        self.network = network.eval().to(memory_format=torch.channels_last)
        self.version = version
        self.least = least

    def detect(self, images: Sequence[Image.Image]) -> list[tuple[Detection, ...]]:
        """Detections of each picture, the surest first."""
        found: list[tuple[Detection, ...]] = []
        for start in range(0, len(images), _AT_ONCE):
            part = images[start : start + _AT_ONCE]
            pixels = np.stack([squared(image) for image in part])
            seen = self.detect_pixels(pixels)
            found += [_unpadded(each, image) for each, image in zip(seen, part, strict=True)]
        return found

    @torch.inference_mode()
    def detect_pixels(self, pixels: np.ndarray) -> list[tuple[Detection, ...]]:
        """Detections in pictures `(n, 64, 64, 3)` uint8."""
        found: list[tuple[Detection, ...]] = []
        for start in range(0, len(pixels), _AT_ONCE):
            part = torch.from_numpy(pixels[start : start + _AT_ONCE]).permute(0, 3, 1, 2)
            ready = part.float().div(255).contiguous(memory_format=torch.channels_last)
            heat, sides = self.network(ready)
            found += decode(heat.sigmoid(), sides, self.least)
        return found


def open_paperdoll(*, weights: Path | None = None, offline: bool = True) -> PaperdollDetector:
    """The detector that comes along, or one from a file; there is nothing to download.

    Raises:
        DetectorError: the file is missing, damaged or of another network.
    """
    path = weights or SHIPPED
    fix = "Train one: python -m lora_eval.detect.paperdoll.train --out FILE"
    try:
        tensors = load_file(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, SafetensorError) as error:
        raise DetectorError(f"cannot be read ({error})", where=str(path), fix=fix) from error
    network = DetectorNetwork()
    try:
        network.load_state_dict(
            {k: t.float() if t.is_floating_point() else t for k, t in tensors.items()}
        )
    except RuntimeError as error:
        raise DetectorError("is no paperdoll detector", where=str(path), fix=fix) from error
    return PaperdollDetector(network, f"{digest[:16]} from {LEAST_SCORE}")


def squared(image: Image.Image) -> np.ndarray:
    """A picture as the network sees it, `(64, 64, 3)` uint8: padded with its own edge's grey."""
    if image.mode != "RGB":
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(ground, layer).convert("RGB")
    if image.size == (SIDE_PX, SIDE_PX):
        return np.asarray(image)
    how = Image.Resampling.BOX if min(image.size) >= SIDE_PX else Image.Resampling.BICUBIC
    padded = ImageOps.pad(image, (SIDE_PX, SIDE_PX), method=how, color=(128, 128, 128))
    return np.asarray(padded)


def _unpadded(found: tuple[Detection, ...], image: Image.Image) -> tuple[Detection, ...]:
    """Boxes of the padded square as shares of the picture itself."""
    longer = max(image.size)
    wide, high = image.width / longer, image.height / longer
    left, top = (1 - wide) / 2, (1 - high) / 2
    return tuple(
        Detection(
            each.part,
            inside(
                (each.box.left - left) / wide,
                (each.box.top - top) / high,
                (each.box.right - left) / wide,
                (each.box.bottom - top) / high,
            ),
            each.score,
        )
        for each in found
    )

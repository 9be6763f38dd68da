"""Heads, faces and persons by deepghs' detectors: YOLOv8 models as ONNX files of the hub.

Downloaded once, or read from a folder that holds `NAME/model.onnx` for each name below. Sizes and
thresholds are those that dghs-imgutils 0.19 uses; the weights themselves were never seen here.
Format of the answer: `(1, 4 + classes, candidates)`, boxes as middle and size in pixels of the
square that went in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lora_eval.detect.boxes import inside, without_doubles
from lora_eval.detect.detector import Detection, Part
from lora_eval.errors import DetectorError
from lora_eval.hub import hub_file

SIDE_PX = 640
"""Side of the square that the models see."""
GREY = (114, 114, 114)
"""What fills the square beside the picture, as YOLO's own letterbox does."""


@dataclass(frozen=True, slots=True)
class Model:
    """One of the hub's models."""

    part: Part
    repository: str
    name: str
    least_score: float
    same_thing: float
    """Overlap from which two boxes are one."""


MODELS: tuple[Model, ...] = (
    Model("head", "deepghs/anime_head_detection", "head_detect_v2.0_s", 0.4, 0.7),
    Model("face", "deepghs/anime_face_detection", "face_detect_v1.4_s", 0.25, 0.7),
    Model("body", "deepghs/anime_person_detection", "person_detect_v1.1_m", 0.3, 0.5),
)


class DeepghsDetector:
    """Finds heads, faces and persons in anime pictures."""

    name = "deepghs"
    parts: frozenset[Part] = frozenset(model.part for model in MODELS)
    bodies_include_heads = True

    def __init__(self, sessions: Sequence[tuple[Model, Any]], version: str) -> None:
        self._sessions = tuple(sessions)
        self.version = version

    def detect(self, images: Sequence[Image.Image]) -> list[tuple[Detection, ...]]:
        """Detections of each picture, the surest first."""
        return [self._seen(image) for image in images]

    def _seen(self, image: Image.Image) -> tuple[Detection, ...]:
        pixels, scale, left, top = letterboxed(image)
        found: list[Detection] = []
        for model, session in self._sessions:
            name = session.get_inputs()[0].name
            answer = np.asarray(session.run(None, {name: pixels})[0])
            found += decoded(answer, model, image.size, scale, left, top)
        return tuple(sorted(found, key=lambda each: -each.score))


def open_deepghs(*, weights: Path | None = None, offline: bool = False) -> DeepghsDetector:
    """The detector with its three models.

    Args:
        weights: a folder with `NAME/model.onnx` for each model, in place of the hub.
        offline: never download.

    Raises:
        DetectorError: onnxruntime is not installed, or a model is missing or damaged.
    """
    try:
        import onnxruntime
    except ImportError as error:
        fix = "Install it: pip install 'lora-wizard[hub]'"
        raise DetectorError("onnxruntime is not installed", where="deepghs", fix=fix) from error
    sessions, digest = [], hashlib.sha256()
    for model in MODELS:
        local = weights / model.name if weights else None
        path = hub_file(model.repository, f"{model.name}/model.onnx", offline=offline, local=local)
        digest.update(path.read_bytes())
        try:
            session = onnxruntime.InferenceSession(str(path), providers=_providers(onnxruntime))
        except Exception as error:  # onnxruntime's errors share no class
            what = f"cannot be loaded ({str(error).splitlines()[0]})"
            raise DetectorError(what, where=str(path), fix="Download it again") from error
        sessions.append((model, session))
    return DeepghsDetector(sessions, digest.hexdigest()[:16])


def letterboxed(image: Image.Image) -> tuple[np.ndarray, float, int, int]:
    """A picture in the middle of a grey square.

    Returns:
        `(1, 3, 640, 640)` float32 in 0..1, the scale, and the pixels to its left and above it.
    """
    scale = SIDE_PX / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    left, top = (SIDE_PX - width) // 2, (SIDE_PX - height) // 2
    square = Image.new("RGB", (SIDE_PX, SIDE_PX), GREY)
    square.paste(image.convert("RGB").resize((width, height), Image.Resampling.BILINEAR),
                 (left, top))  # fmt: skip
    pixels = np.asarray(square, dtype=np.float32).transpose(2, 0, 1)[None] / 255
    return np.ascontiguousarray(pixels), scale, left, top


def decoded(
    answer: np.ndarray, model: Model, size: tuple[int, int], scale: float, left: int, top: int
) -> list[Detection]:
    """A model's answer as detections in shares of the picture.

    Raises:
        DetectorError: the answer has another shape.
    """
    if answer.ndim != 3 or answer.shape[0] != 1 or answer.shape[1] < 5:
        what = f"answers in an unknown shape {answer.shape}"
        raise DetectorError(what, where=model.name, fix="Use the model that deepghs published")
    rows = answer[0].T  # (candidates, 4 + classes)
    scores = rows[:, 4:].max(axis=1)
    found = []
    for row, score in zip(rows[scores >= model.least_score],
                          scores[scores >= model.least_score], strict=True):  # fmt: skip
        x, y = (float(row[0]) - left) / scale, (float(row[1]) - top) / scale
        half_width, half_height = float(row[2]) / scale / 2, float(row[3]) / scale / 2
        box = inside(
            (x - half_width) / size[0],
            (y - half_height) / size[1],
            (x + half_width) / size[0],
            (y + half_height) / size[1],
        )
        found.append(Detection(model.part, box, round(float(score), 4)))
    return list(without_doubles(found, model.same_thing))


def _providers(library: Any) -> list[str]:
    return [name for name in library.get_available_providers() if name in _KNOWN]


_KNOWN = ("CUDAExecutionProvider", "CPUExecutionProvider")

"""SmilingWolf's WD14 taggers for anime pictures, run by onnxruntime.

A model comes as `model.onnx` and `selected_tags.csv`, whose rows name the outputs in order. It
takes squares of 448 px (as the file says), padded with white, in BGR, 0..255, and answers with
probabilities.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lora_eval.errors import DetectorError
from lora_eval.evidence import Tags
from lora_eval.hub import hub_file

REPOSITORY = "SmilingWolf/wd-swinv2-tagger-v3"
MODEL, NAMES = "model.onnx", "selected_tags.csv"
USUAL_SIDE_PX = 448
RATING = "9"
"""The category of ratings in the table; 0 is general, 4 characters."""
_AT_ONCE = 8


class Confidences(Mapping[str, float]):
    """One picture's confidences: some ten thousand, so that their names are kept only once."""

    def __init__(self, places: Mapping[str, int], values: np.ndarray) -> None:
        self._places, self._values = places, values

    def __getitem__(self, tag: str) -> float:
        return float(self._values[self._places[tag]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


class Wd14Tagger:
    """Tags as Danbooru's, general ones and characters alike; ratings as `rating:general`."""

    name = "wd14"

    def __init__(self, session: Any, names: Sequence[str], version: str) -> None:
        self.session = session
        self.places = {name: place for place, name in enumerate(names)}
        self.version = version
        entrance = session.get_inputs()[0]
        self._entrance: str = entrance.name
        side = entrance.shape[1]  # (n, height, width, 3)
        self.side_px = side if isinstance(side, int) else USUAL_SIDE_PX

    def tags(self, images: Sequence[Image.Image]) -> list[Tags]:
        """For each picture the confidence of every tag that the model knows.

        Raises:
            DetectorError: the model does not fit its list of tags.
        """
        found: list[Tags] = []
        for start in range(0, len(images), _AT_ONCE):
            part = [
                tagger_pixels(image, self.side_px) for image in images[start : start + _AT_ONCE]
            ]
            answers = self._asked(np.stack(part))
            found += [Tags(self.name, Confidences(self.places, row)) for row in answers]
        return found

    def _asked(self, pixels: np.ndarray) -> np.ndarray:
        try:
            answers = np.asarray(self.session.run(None, {self._entrance: pixels})[0])
        except Exception as error:  # onnxruntime's errors have no common class of their own
            what = f"the tagger failed ({' '.join(str(error).split())[:200]})"
            raise DetectorError(what, where="wd14") from error
        if answers.shape != (len(pixels), len(self.places)):
            what = f"{len(self.places)} tags are listed, and the model answers {answers.shape[1:]}"
            fix = f"{MODEL} and {NAMES} must be of one repository"
            raise DetectorError(what, where="wd14", fix=fix)
        return answers.astype(np.float32)


def open_wd14(*, weights: Path | None = None, offline: bool = False) -> Wd14Tagger:
    """The tagger from the hub, or from a folder that holds its two files.

    Args:
        weights: the folder, or the model's file with the list of tags beside it.

    Raises:
        DetectorError: onnxruntime or a file is missing, or a file is damaged.
    """
    try:
        import onnxruntime
    except ImportError as error:
        fix = "Install it: pip install 'lora-wizard[hub]'"
        raise DetectorError("onnxruntime is not installed", where="wd14", fix=fix) from error
    folder = weights.parent if weights is not None and weights.is_file() else weights
    model = hub_file(REPOSITORY, MODEL, offline=offline, local=weights)
    names = read_names(hub_file(REPOSITORY, NAMES, offline=offline, local=folder))
    try:
        session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    except Exception as error:  # as above
        reason = " ".join(str(error).split())[:200]
        what, fix = f"cannot be read ({reason})", "Download it again"
        raise DetectorError(what, where=str(model), fix=fix) from error
    with model.open("rb") as file:
        version = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    return Wd14Tagger(session, names, version)


def read_names(path: Path) -> list[str]:
    """The tags in the order of the model's outputs, with blanks in place of underscores.

    Raises:
        DetectorError: the file is no list of tags.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [(row["name"], row["category"]) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as error:
        what = f"is no list of tags ({error})"
        raise DetectorError(what, where=str(path), fix="Download it again") from error
    return [f"rating:{name}" if category == RATING else _plain(name) for name, category in rows]


def tagger_pixels(image: Image.Image, side_px: int) -> np.ndarray:
    """A picture as the tagger sees it, `(side, side, 3)` float32, BGR, 0..255."""
    layer = image.convert("RGBA")
    longest = max(layer.size)
    ground = Image.new("RGB", (longest, longest), "white")
    place = ((longest - layer.width) // 2, (longest - layer.height) // 2)
    ground.paste(layer, place, mask=layer)
    if longest != side_px:
        ground = ground.resize((side_px, side_px), Image.Resampling.BICUBIC)
    return np.ascontiguousarray(np.asarray(ground, dtype=np.float32)[..., ::-1])


def _plain(name: str) -> str:
    """Emoticons such as `>_<` and `(o)_(o)` keep their underscores: they hold no word."""
    return name.replace("_", " ") if re.search("[a-z]{2}", name, re.IGNORECASE) else name

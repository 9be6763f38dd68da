"""The detectors by name. A new one is a file of its own and a line here."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lora_eval.detect.detector import Detector
from lora_eval.errors import DetectorError


@dataclass(frozen=True, slots=True)
class DetectorInfo:
    """One detector that may be chosen."""

    summary: str
    target: str
    """`module:function`; called with `weights` and `offline`."""


DETECTORS: Mapping[str, DetectorInfo] = {
    "paperdoll": DetectorInfo(
        "heads, faces and bodies in paperdoll pictures; comes along",
        "lora_eval.detect.paperdoll.backend:open_paperdoll",
    ),
    "deepghs": DetectorInfo(
        "heads, faces and persons in anime pictures; downloaded once (extra: hub)",
        "lora_eval.detect.deepghs:open_deepghs",
    ),
    "animeface": DetectorInfo(
        "faces in anime pictures, frontal ones (extra: animeface)",
        "lora_eval.detect.animeface:open_animeface",
    ),
}


def open_detector(name: str, *, weights: Path | None = None, offline: bool = False) -> Detector:
    """A detector, ready to be used.

    Args:
        weights: a file or folder in place of the detector's own.
        offline: never download.

    Raises:
        DetectorError: there is no such detector, or it cannot be used here.
    """
    if name not in DETECTORS:
        near = difflib.get_close_matches(name, DETECTORS, n=1, cutoff=0.4)
        fix = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(DETECTORS)}"
        raise DetectorError("There is no such detector", where=f'"{name}"', fix=fix)
    module, _, function = DETECTORS[name].target.partition(":")
    opened = getattr(importlib.import_module(module), function)(weights=weights, offline=offline)
    return cast(Detector, opened)

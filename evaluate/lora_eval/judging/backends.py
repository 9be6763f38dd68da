"""Which detector, CLIP and tagger judge. What was chosen, and why, is always said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lora_eval.detect import Detector, open_detector
from lora_eval.errors import DetectorError, LoraWizardError
from lora_eval.judges.thresholds import AllThresholds, load_thresholds
from lora_eval.pictures import Manifest
from lora_eval.tagging import Tagger, open_tagger

if TYPE_CHECKING:
    from lora_eval.clip import ClipModel

AUTO = "auto"
NONE = "none"
PAPERDOLL = "paperdoll"
ANIME_DETECTORS = ("deepghs", "animeface")
"""Tried in this order for pictures of other models."""
USUAL_CLIP = "ViT-L-14:openai"
"""What `auto` takes for pictures of other models, if its weights were downloaded before."""
USUAL_TAGGER = "wd14"


@dataclass(frozen=True, slots=True)
class Backends:
    """Everything that looks at pictures, ready to be used."""

    detector: Detector
    clip: ClipModel | None
    tagger: Tagger | None
    thresholds: AllThresholds
    notes: tuple[str, ...] = ()
    """Sentences about what was chosen, and what is missing."""


def open_backends(
    manifest: Manifest | None = None,
    *,
    detector: str = AUTO,
    clip: str = AUTO,
    tagger: str = AUTO,
    offline: bool = False,
    detector_weights: Path | None = None,
    tagger_weights: Path | None = None,
) -> Backends:
    """Opens what was asked for.

    Args:
        manifest: of the pictures; `auto` goes by the base model that it names.
        detector: a name, or `auto`: paperdoll for its own model's pictures; for others deepghs
            where its files are at hand, else animeface. `auto` downloads nothing.
        clip: `paperdoll`, `NAME:PRETRAINED` of open_clip, `none` or `auto`.
        tagger: a name, `none` or `auto`.
        offline: never download.

    Raises:
        DetectorError: something that was asked for by name cannot be used, or no detector can.
    """
    is_drawn = manifest is not None and manifest.base == PAPERDOLL
    notes: list[str] = []
    found = _detector(detector, is_drawn, detector_weights, offline, notes)
    seeing = _clip(clip, is_drawn, offline, notes)
    tagging = _tagger(tagger, is_drawn, tagger_weights, offline, notes)
    names = [found.name, seeing.name if seeing else NONE, tagging.name if tagging else NONE]
    said = "Detector {}, CLIP {}, tagger {}.".format(*names)
    return Backends(found, seeing, tagging, load_thresholds(), (said, *notes))


def _detector(
    name: str, is_drawn: bool, weights: Path | None, offline: bool, notes: list[str]
) -> Detector:
    if name != AUTO:
        return open_detector(name, weights=weights, offline=offline)
    if is_drawn:
        return open_detector(PAPERDOLL, weights=weights, offline=offline)
    return _first_of(ANIME_DETECTORS, weights, notes)


def _first_of(names: Sequence[str], weights: Path | None, notes: list[str]) -> Detector:
    refusals: list[str] = []
    for name in names:
        try:
            opened = open_detector(name, weights=weights, offline=True)
        except (LoraWizardError, ImportError) as error:
            refusals.append(f"Not used: {name} ({error})")
        else:
            notes.extend(refusals)
            return opened
    raise DetectorError(
        "no detector for anime pictures can be used here",
        fix="Download one by `--detector deepghs`, or install the extra: pip install "
        f"'lora-wizard[animeface]'. {' '.join(refusals)}",
    )


def _clip(name: str, is_drawn: bool, offline: bool, notes: list[str]) -> ClipModel | None:
    if name == NONE:
        return None
    try:
        from lora_eval.clip import open_clip_model
    except ImportError as error:
        if name != AUTO:
            fix = "Install it: pip install open_clip_torch"
            raise DetectorError("cannot be used", where=f"CLIP ({error})", fix=fix) from error
        notes.append(f"No CLIP ({error}): outfits, likeness and adherence rest on tags.")
        return None
    if name != AUTO:
        architecture, _, weights = name.partition(":")
        return open_clip_model(architecture, weights, offline=offline)
    architecture, _, weights = (PAPERDOLL if is_drawn else USUAL_CLIP).partition(":")
    try:
        return open_clip_model(architecture, weights, offline=True)
    except LoraWizardError as error:
        notes.append(f"No CLIP ({error}): outfits, likeness and adherence rest on tags.")
        return None


def _tagger(
    name: str, is_drawn: bool, weights: Path | None, offline: bool, notes: list[str]
) -> Tagger | None:
    if name == NONE:
        return None
    if name != AUTO:
        return open_tagger(name, weights=weights, offline=offline)
    try:
        chosen = PAPERDOLL if is_drawn else USUAL_TAGGER
        return open_tagger(chosen, weights=weights, offline=True)
    except (LoraWizardError, ImportError) as error:
        notes.append(f"No tagger ({error}): closed eyes and outfits may stay unknown.")
        return None

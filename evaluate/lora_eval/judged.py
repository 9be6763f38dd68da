"""Judged pictures: the rows of `judgements.jsonl`, and what they were judged with."""

from __future__ import annotations

from dataclasses import dataclass

from lora_eval.detect.detector import Detection
from lora_eval.judgement import Judgement
from lora_eval.pictures import Manifest, Picture


@dataclass(frozen=True, slots=True)
class JudgedPicture:
    """One picture with every judge's answer."""

    picture: Picture
    sha256: str
    """Of the file's bytes; empty where it could not be read."""
    judgements: tuple[Judgement, ...]
    """One of each judge, in the registry's order; none where the picture could not be read."""
    detections: tuple[Detection, ...] = ()
    likeness: float | None = None
    """To the training pictures; comparable within one folder."""
    problem: str = ""
    """Why it could not be judged, such as a truncated file."""

    def by(self, judge: str) -> Judgement | None:
        """One judge's answer."""
        return next((each for each in self.judgements if each.judge == judge), None)


@dataclass(frozen=True, slots=True)
class JudgedWith:
    """What the pictures were judged with. Rows of different ones are never mixed."""

    detector: str
    detector_version: str
    clip: str = ""
    clip_version: str = ""
    tagger: str = ""
    tagger_version: str = ""
    thresholds_version: int = 0
    thresholds_sha256: str = ""
    own_likeness: float | None = None
    """The training pictures' median likeness to one another: the ceiling."""
    character_sha256: str = ""
    """Of what was known of the character: outfits and traits decide, too."""


@dataclass(frozen=True, slots=True)
class JudgedFolder:
    """Everything that a report needs, read from one folder."""

    folder: str
    manifest: Manifest
    judged_with: JudgedWith
    rows: tuple[JudgedPicture, ...]
    """In the manifest's order; pictures not made yet are left out."""
    missing: int = 0
    """Pictures of the manifest that are not there."""
    notes: tuple[str, ...] = ()
    """Sentences about what could not be judged."""

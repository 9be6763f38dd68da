"""One batch of pictures, from files to rows; with it the base model's pictures of the same keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PIL.Image import Resampling

from lora_eval.errors import PicturesError
from lora_eval.evidence import Evidence
from lora_eval.judged import JudgedPicture
from lora_eval.judgement import Judgement
from lora_eval.judges import registered
from lora_eval.judges.thresholds import AllThresholds
from lora_eval.judging.backends import Backends
from lora_eval.judging.gather import gather
from lora_eval.pictures import BASE, CharacterFacts, Picture, open_picture

if TYPE_CHECKING:
    from PIL import Image

    from lora_eval.clip import TrainingLooks

MOST_PIXELS = 8 << 20
"""Larger pictures are judged at this size."""
_Key = tuple[str, int]
"""Prompt and seed: the base has no strength."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures of one contender that are there."""

    pictures: tuple[Picture, ...]
    hashes: Mapping[str, str]
    """SHA-256 of each file's bytes; empty where they could not be read."""


def judgements_of(evidence: Evidence, thresholds: AllThresholds) -> tuple[Judgement, ...]:
    """Every judge's answer, in the registry's order."""
    detector = evidence.found.detector if evidence.found is not None else ""
    return tuple(
        judge.rule(evidence, thresholds.of(name, detector)) for name, judge in registered().items()
    )


class BatchJudge:
    """Judges batches; keeps the evidence of the base's pictures, for the others' sake."""

    def __init__(
        self,
        folder: Path,
        batches: Sequence[Batch],
        character: CharacterFacts,
        backends: Backends,
        training: TrainingLooks | None,
    ) -> None:
        self._folder = folder
        self._character = character
        self._backends = backends
        self._training = training
        self._base: dict[_Key, Evidence] = {}
        self._base_batches = {
            _key(picture): batch
            for batch in batches
            for picture in batch.pictures
            if picture.contender == BASE
        }

    def rows(self, batch: Batch) -> list[JudgedPicture]:
        """A row for each picture, in order; unreadable ones with their problem."""
        evidence, problems = self._look(batch)
        rows = []
        for picture in batch.pictures:
            sha256 = batch.hashes[picture.file]
            if picture.file in problems:
                problem = problems[picture.file]
                rows.append(JudgedPicture(picture, sha256, (), problem=problem))
                continue
            known = evidence[picture.file]
            if picture.contender != BASE:
                known = replace(known, base=self._base_of(picture))
            rows.append(
                JudgedPicture(
                    picture,
                    sha256,
                    judgements_of(known, self._backends.thresholds),
                    known.found.detections if known.found else (),
                    known.likeness.value if known.likeness else None,
                )
            )
        return rows

    def _base_of(self, picture: Picture) -> Evidence | None:
        key = _key(picture)
        if key not in self._base and key in self._base_batches:
            self._look(self._base_batches.pop(key))
        return self._base.get(key)

    def _look(self, batch: Batch) -> tuple[dict[str, Evidence], dict[str, str]]:
        """Evidence and problems by file."""
        images: list[Image.Image] = []
        pictures: list[Picture] = []
        problems: dict[str, str] = {}
        for picture in batch.pictures:
            try:
                images.append(_shrunk(open_picture(self._folder / picture.file)))
            except PicturesError as error:
                problems[picture.file] = error.message
            else:
                pictures.append(picture)
        known = gather(images, pictures, self._character, self._backends, self._training)
        self._base.update((_key(e.picture), e) for e in known if e.picture.contender == BASE)
        return {each.picture.file: each for each in known}, problems


def _shrunk(image: Image.Image) -> Image.Image:
    """A picture of at most `MOST_PIXELS`, for a whole batch is in memory together."""
    pixels = image.width * image.height
    if pixels <= MOST_PIXELS:
        return image
    share = (MOST_PIXELS / pixels) ** 0.5
    size = (max(1, int(image.width * share)), max(1, int(image.height * share)))
    return image.resize(size, Resampling.LANCZOS, reducing_gap=2.0)


def _key(picture: Picture) -> _Key:
    return picture.prompt_id, picture.seed

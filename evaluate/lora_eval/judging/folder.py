"""Judging a whole folder: resumable, nothing judged twice, the same bytes whatever happened.

Pictures are worked on in batches that the manifest alone fixes (of one contender, in its order),
and a batch is written or lost as a whole: networks answer a little differently in other batches.
Rows are appended as they come; at the end the file is replaced by one in the manifest's order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lora_eval.errors import PicturesError
from lora_eval.judged import JudgedFolder, JudgedPicture, JudgedWith
from lora_eval.judging.backends import Backends
from lora_eval.judging.batches import Batch, BatchJudge
from lora_eval.judging.rows import (
    JUDGED_WITH,
    JUDGEMENTS,
    append_rows,
    judged_with_to_text,
    read_judged_with,
    read_rows,
    rounded_row,
    write_rows,
)
from lora_eval.pictures import BASE, CharacterFacts, Manifest, Picture, read_manifest
from lora_eval.pictures.at_work import at_work
from lora_eval.pictures.files import LARGEST_BYTES, sha256_of
from lora_wizard.atomic import atomic_write
from lora_wizard.files import read_regular

if TYPE_CHECKING:
    from lora_eval.clip import TrainingLooks

BATCH = 32
"""Pictures that are looked at together."""
OnProgress = Callable[[int, int], None]
"""Called with (judged, of all)."""


def judge_folder(
    folder: Path,
    backends: Backends,
    *,
    training_images: str = "",
    on_progress: OnProgress | None = None,
) -> JudgedFolder:
    """Judges every picture of a folder that has not been judged so yet.

    Unreadable pictures get a row with their problem; pictures not made yet are left out. Where
    the training pictures are not there any more, likeness is not judged, and all else is.

    Args:
        folder: with a manifest.
        backends: what looks at the pictures.
        training_images: where the training pictures are now; empty for where the manifest says.
        on_progress: called as pictures are judged.

    Raises:
        PicturesError: there is no manifest, no picture, the folder cannot be written to, or
            another lora-eval is at work in it.
        DetectorError: a detector, CLIP or tagger fails.
    """
    manifest = read_manifest(folder)
    with at_work(folder):
        return _judged(folder, manifest, backends, training_images, on_progress)


def _judged(
    folder: Path,
    manifest: Manifest,
    backends: Backends,
    training_images: str,
    on_progress: OnProgress | None,
) -> JudgedFolder:
    training, notes = _training(training_images or manifest.character.training_images, backends)
    judged_with = judged_with_of(backends, manifest.character, training)
    batches = [_on_disk(folder, batch) for batch in _batches(manifest.pictures)]
    total = sum(len(batch.pictures) for batch in batches)
    if not total:
        fix = "Make them first: lora-eval run"
        raise PicturesError("There are no pictures to judge", where=str(folder), fix=fix)
    try:
        rows = _start(folder, batches, judged_with)
        judge = BatchJudge(folder, batches, manifest.character, backends, training)
        for batch in batches:
            if any(picture.file not in rows for picture in batch.pictures):
                new = [rounded_row(row) for row in judge.rows(batch)]
                append_rows(folder / JUDGEMENTS, new)
                rows.update((row.picture.file, row) for row in new)
            if on_progress is not None:
                on_progress(len(rows), total)
        ordered = in_order(manifest, rows)
        write_rows(folder / JUDGEMENTS, ordered)
    except OSError as error:
        what = f"cannot be judged: {error.strerror or error}"
        raise PicturesError(what, where=str(folder), fix="Make room, or allow writing") from error
    missing = len(manifest.pictures) - len(ordered)
    return JudgedFolder(str(folder), manifest, judged_with, ordered, missing, notes)


def in_order(manifest: Manifest, rows: dict[str, JudgedPicture]) -> tuple[JudgedPicture, ...]:
    """Rows of the manifest's pictures, in its order."""
    return tuple(rows[each.file] for each in manifest.pictures if each.file in rows)


def character_sha256(character: CharacterFacts) -> str:
    """Of everything that is known of a character, but for where her pictures lie."""
    facts = character.model_copy(update={"training_images": ""})
    return hashlib.sha256(facts.model_dump_json().encode()).hexdigest()


def judged_with_of(
    backends: Backends, character: CharacterFacts, training: TrainingLooks | None
) -> JudgedWith:
    """What judgements rest on besides the pictures."""
    own = None if training is None else round(float(np.median(training.own)), 5)
    return JudgedWith(
        detector=backends.detector.name,
        detector_version=backends.detector.version,
        clip=backends.clip.name if backends.clip else "",
        clip_version=backends.clip.version if backends.clip else "",
        tagger=backends.tagger.name if backends.tagger else "",
        tagger_version=backends.tagger.version if backends.tagger else "",
        thresholds_version=backends.thresholds.version,
        thresholds_sha256=backends.thresholds.sha256,
        own_likeness=own,
        character_sha256=character_sha256(character),
    )


def likeness_not_judged(reason: str) -> str:
    """The note on pictures whose likeness to the training pictures was not judged."""
    return f"Likeness was not judged: {reason}"


def _training(
    training_images: str, backends: Backends
) -> tuple[TrainingLooks | None, tuple[str, ...]]:
    """The training pictures' heads, and why there are none although a folder of them is named."""
    if not training_images or backends.clip is None:
        return None, ()
    from lora_eval.clip import training_looks

    try:
        return training_looks(backends.clip, Path(training_images), backends.detector), ()
    except PicturesError as error:
        return None, (likeness_not_judged(str(error)),)


def _batches(pictures: Sequence[Picture]) -> Iterator[tuple[Picture, ...]]:
    """The base's first: others are compared with them."""
    contenders = list(dict.fromkeys(each.contender for each in pictures))
    for contender in sorted(contenders, key=lambda each: each != BASE):
        own = [each for each in pictures if each.contender == contender]
        yield from (tuple(own[at : at + BATCH]) for at in range(0, len(own), BATCH))


def _on_disk(folder: Path, pictures: tuple[Picture, ...]) -> Batch:
    """The pictures that are there, with the hashes of their bytes."""
    hashes = {}
    for picture in pictures:
        try:
            content = read_regular(folder / picture.file, most=LARGEST_BYTES)
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            hashes[picture.file] = ""
        else:
            hashes[picture.file] = sha256_of(content)
    return Batch(tuple(each for each in pictures if each.file in hashes), hashes)


def _start(
    folder: Path, batches: Sequence[Batch], judged_with: JudgedWith
) -> dict[str, JudgedPicture]:
    """The rows that still hold, written down as a clean start.

    A batch holds as a whole or not at all. Where one of the base's does not, nothing after it
    does: the others were compared with it.
    """
    before = read_judged_with(folder / JUDGED_WITH)
    old, _ = read_rows(folder / JUDGEMENTS) if before == judged_with else ({}, 0)
    rows: dict[str, JudgedPicture] = {}
    for batch in batches:
        holds = all(_holds(old.get(each.file), each, batch) for each in batch.pictures)
        if holds:
            rows.update((each.file, old[each.file]) for each in batch.pictures)
        elif any(each.contender == BASE for each in batch.pictures):
            break
    if before != judged_with:
        (folder / JUDGEMENTS).unlink(missing_ok=True)
        atomic_write(folder / JUDGED_WITH, judged_with_to_text(judged_with))
    write_rows(folder / JUDGEMENTS, rows.values())
    return rows


def _holds(row: JudgedPicture | None, picture: Picture, batch: Batch) -> bool:
    return row is not None and row.picture == picture and row.sha256 == batch.hashes[picture.file]

"""Judgements read back from a folder, refused where they are not of its pictures."""

from __future__ import annotations

import os
from pathlib import Path

from lora_eval.errors import PicturesError
from lora_eval.judged import JudgedFolder
from lora_eval.judges.thresholds import load_thresholds
from lora_eval.judging.folder import character_sha256, in_order, likeness_not_judged
from lora_eval.judging.rows import JUDGED_WITH, JUDGEMENTS, read_judged_with, read_rows
from lora_eval.pictures import read_manifest


def read_judged(folder: Path) -> JudgedFolder:
    """A judged folder.

    Raises:
        PicturesError: it is no folder of pictures, was not judged or not to its end, was judged
            with other thresholds or for another character, or its rows are another manifest's.
    """
    manifest = read_manifest(folder)
    where, fix = str(folder), f"Judge it: lora-eval judge {folder}"
    try:
        judged_with = read_judged_with(folder / JUDGED_WITH)
        rows, damaged = read_rows(folder / JUDGEMENTS)
    except OSError as error:
        raise PicturesError(f"cannot be read: {error}", where=where) from error
    if judged_with is None or not (rows or damaged):
        raise PicturesError("These pictures have not been judged yet", where=where, fix=fix)
    again = f"Judge it again: lora-eval judge {folder}"
    shipped = load_thresholds()
    if judged_with.thresholds_sha256 != shipped.sha256:
        what = (
            f"was judged with other thresholds (version {judged_with.thresholds_version}, "
            f"now {shipped.version})"
        )
        raise PicturesError(what, where=where, fix=again)
    known = {each.file: each for each in manifest.pictures}
    strange = [file for file, row in rows.items() if known.get(file) != row.picture]
    if strange:
        what = f"has {len(strange)} judgements of another manifest, such as of {strange[0]}"
        raise PicturesError(what, where=where, fix=again)
    if judged_with.character_sha256 != character_sha256(manifest.character):
        what = "was judged with other facts about the character than its manifest has"
        raise PicturesError(what, where=where, fix=again)
    left = [file for file in known if file not in rows and os.path.exists(folder / file)]
    if left or damaged:
        what = f"was not judged to its end: {len(left) or damaged} pictures are left"
        raise PicturesError(what, where=where, fix=f"Go on: lora-eval judge {folder}")
    ordered = in_order(manifest, rows)
    unjudged = manifest.character.training_images and judged_with.own_likeness is None
    why = "the training pictures were not there, or no CLIP was"
    notes = (likeness_not_judged(f"{why}."),) if unjudged else ()
    return JudgedFolder(where, manifest, judged_with, ordered, len(known) - len(ordered), notes)

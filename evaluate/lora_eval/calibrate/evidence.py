"""Labelled pictures with their evidence and truth, whether from a folder or constructed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_eval.calibrate.labels import LABELS, Label, agreed, read_labels
from lora_eval.constructions import Constructed
from lora_eval.errors import LabelError, Problem
from lora_eval.evidence import Evidence
from lora_eval.judging import Backends
from lora_eval.judging.gather import gather
from lora_eval.pictures import Manifest, open_picture, read_manifest

_AT_ONCE = 64
OnProgress = Callable[[int, int], None]
STAGED: Mapping[str, str] = {"outfit_leak": "asks-", "split_view": "two-views"}
"""By judge, how the ids of prompts begin in labelled sets that were drawn with words that make
the failure, because the model seldom shows it by itself."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One picture: what is known of it, and what is true of it."""

    evidence: Evidence
    group: str
    """What is dealt to one half as a whole: folder and LoRA; the kind of a constructed one."""
    truths: Mapping[str, bool]
    """By judge; a judge that is not there was not labelled, or people were unsure."""
    alike: str = ""
    """What is drawn as a whole when resampling: a LoRA in all folders. Constructed pictures are
    independent of each other."""

    def is_staged(self, judge: str) -> bool:
        """Whether it was drawn with words that make this failure."""
        start = STAGED.get(judge)
        return start is not None and self.evidence.picture.prompt_id.startswith(start)


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A folder of labelled pictures."""

    folder: Path
    manifest: Manifest
    labels: tuple[Label, ...]


def read_labelled(folder: Path) -> LabelledSet:
    """A folder with `manifest.json`, `labels.tsv` and the pictures.

    Raises:
        PicturesError: there is no manifest.
        LabelError: the labels are not right, or name pictures that the manifest does not.
    """
    manifest = read_manifest(folder)
    labels = read_labels(folder / LABELS)
    known = {picture.file for picture in manifest.pictures}
    strange = sorted({each.file for each in labels} - known)
    if strange:
        problems = [Problem(file, "is not in the manifest", "") for file in strange[:8]]
        raise LabelError("Labels of unknown pictures", where=str(folder), problems=problems)
    return LabelledSet(folder, manifest, labels)


def evidence_of(
    labelled: LabelledSet, backends: Backends, on_progress: OnProgress | None = None
) -> list[Labelled]:
    """Evidence and truth of each picture that has a label; groups are LoRAs by their weights."""
    truth = agreed(labelled.labels)
    manifest = labelled.manifest
    named = {file for file, _ in truth}
    pictures = [picture for picture in manifest.pictures if picture.file in named]
    found: list[Labelled] = []
    for start in range(0, len(pictures), _AT_ONCE):
        part = pictures[start : start + _AT_ONCE]
        images = [open_picture(labelled.folder / picture.file) for picture in part]
        for picture, evidence in zip(
            part, gather(images, part, manifest.character, backends), strict=True
        ):
            contender = manifest.by_contender[picture.contender]
            alike = contender.sha256[:8] or f"{contender.id} of {labelled.folder.name}"
            group = f"{labelled.folder.name}/{contender.sha256[:8] or contender.id}"
            truths = {judge: value for (file, judge), value in truth.items()
                      if file == picture.file}  # fmt: skip
            found.append(Labelled(evidence, group, truths, alike))
        if on_progress:
            on_progress(len(found), len(pictures))
    return found


def evidence_of_constructed(
    constructed: Sequence[Constructed], backends: Backends, on_progress: OnProgress | None = None
) -> list[Labelled]:
    """The same of constructed pictures."""
    found: list[Labelled] = []
    for start in range(0, len(constructed), _AT_ONCE):
        part = constructed[start : start + _AT_ONCE]
        for each in part:
            evidence = gather([each.image], [each.picture], each.character, backends)
            picture = each.picture
            found.append(Labelled(evidence[0], picture.prompt_id, each.truths, picture.file))
        if on_progress:
            on_progress(len(found), len(constructed))
    return found

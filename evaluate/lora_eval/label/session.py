"""The labelling of one folder by one person: what is left, what was said, always on the disk.

Blind: pictures come shuffled, and nobody who looks at them is told whose LoRA made them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lora_eval.calibrate.labels import LABELS, Answer, Label, read_labels, write_labels
from lora_eval.errors import LabelError
from lora_eval.judges import registered
from lora_eval.judges.registry import Judge
from lora_eval.pictures import Picture, read_manifest
from lora_wizard.output import printable

_LONGEST_INITIALS = 40
MAIN = ("floating_head", "split_view", "outfit_leak")


@dataclass(slots=True)
class LabelSession:
    """One person's labels of one folder."""

    folder: Path
    labeller: str
    date: str
    judges: tuple[Judge, ...]
    pictures: tuple[Picture, ...]
    """In the order in which they are shown."""
    others: tuple[Label, ...] = ()
    """Labels that this session does not touch: other people's, and of other judges."""
    said: dict[tuple[str, str], Answer] = field(default_factory=dict)

    @property
    def first_open(self) -> int:
        """The place of the first picture without all labels; their number where none is left."""
        for place, picture in enumerate(self.pictures):
            if any((picture.file, judge.name) not in self.said for judge in self.judges):
                return place
        return len(self.pictures)

    def answers(self, picture: Picture) -> dict[str, Answer]:
        """What was said of a picture so far; `no` where nothing was."""
        return {judge.name: self.said.get((picture.file, judge.name), "no")
                for judge in self.judges}  # fmt: skip

    def say(self, picture: Picture, answers: Mapping[str, Answer]) -> None:
        """Records the answers for a picture and writes all labels down.

        Raises:
            LabelError: the file cannot be written.
        """
        for judge, answer in answers.items():
            self.said[picture.file, judge] = answer
        own = (
            Label(file, judge, answer, self.labeller, self.date)
            for (file, judge), answer in self.said.items()
        )
        write_labels(self.folder / LABELS, [*self.others, *own])


def open_session(
    folder: Path, *, labeller: str, date: str, judges: Sequence[str] = MAIN, seed: int = 1
) -> LabelSession:
    """Begins, or goes on with, one person's labelling of a folder.

    Args:
        labeller: initials.
        date: as 2026-11-24.
        seed: of the order.

    Raises:
        PicturesError: the folder has no manifest.
        LabelError: a judge is unknown, or the labels that are there are not right.
    """
    known = registered()
    strange = [name for name in judges if name not in known]
    if strange:
        what, fix = f"there is no judge {', '.join(strange)}", f"Known: {', '.join(known)}"
        raise LabelError(what, where="--judge", fix=fix)
    if not labeller.strip():
        raise LabelError("are missing", where="--initials", fix="Give yours, such as AB")
    if printable(labeller) != labeller or len(labeller) > _LONGEST_INITIALS:
        what = f'"{labeller[:_LONGEST_INITIALS]}" cannot be kept with a label'
        raise LabelError(what, where="--initials", fix="Give a few plain letters, such as AB")
    pictures = list(read_manifest(folder).pictures)
    random.Random(seed).shuffle(pictures)
    there = (folder / LABELS).exists()
    labels = read_labels(folder / LABELS) if there else ()
    mine = [each for each in labels if each.labeller == labeller and each.judge in judges]
    return LabelSession(
        folder,
        labeller,
        date,
        tuple(known[name] for name in judges),
        tuple(pictures),
        tuple(each for each in labels if each not in mine),
        {(each.file, each.judge): each.label for each in mine},
    )

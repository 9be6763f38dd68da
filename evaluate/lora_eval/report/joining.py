"""Several judged folders as one, refused where they cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from lora_eval.errors import PicturesError, Problem
from lora_eval.judged import JudgedFolder, JudgedPicture
from lora_eval.judgement import Outcome
from lora_eval.language import Language, text
from lora_eval.pictures import BASE, Contender
from lora_eval.report.summary import Source

UNKNOWN = "unknown"
"""The contender of pictures of which nobody can say what LoRA made them."""
_ALIKE = (
    "suite",
    "suite_sha256",
    "base",
    "base_sha256",
    "vae_sha256",
    "prediction",
    "negative",
    "sampler",
    "steps",
    "guidance",
    "width",
    "height",
    "clip_skip",
)
"""What must be equal in all manifests."""
_MAY_DIFFER = frozenset({"own_likeness"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One contender with all its judged pictures."""

    id: str
    contender: Contender
    sources: tuple[Source, ...]
    rows: tuple[JudgedPicture, ...]

    @property
    def is_base(self) -> bool:
        return self.contender.id == BASE and not self.contender.path

    @property
    def is_unknown(self) -> bool:
        """Pictures of other programs whose LoRAs could not be read."""
        return self.contender.id == UNKNOWN and not self.contender.path

    def at(self, strength: float) -> tuple[JudgedPicture, ...]:
        """The pictures at one strength; the base's have none, and serve for every strength."""
        if self.is_base:
            return self.rows
        return tuple(row for row in self.rows if row.picture.strength == strength)

    @property
    def strengths(self) -> tuple[float, ...]:
        """The strengths of its pictures, from the lowest."""
        return tuple(sorted({row.picture.strength for row in self.rows}))


@dataclass(frozen=True, slots=True)
class Joined:
    """All folders of a report."""

    folders: tuple[JudgedFolder, ...]
    entries: tuple[Entry, ...]
    """The base first, where it is there."""
    strength: float
    """The one that rates and comparisons are of."""

    @property
    def base(self) -> Entry | None:
        return next((entry for entry in self.entries if entry.is_base), None)

    @property
    def loras(self) -> tuple[Entry, ...]:
        """What is compared: pictures of a LoRA that nobody knows are of none."""
        return tuple(each for each in self.entries if not (each.is_base or each.is_unknown))


def outcome(row: JudgedPicture, judge: str) -> Outcome:
    """One judge's answer; unknown where the picture could not be read."""
    found = row.by(judge)
    return "unknown" if found is None else found.outcome


def applies(row: JudgedPicture, judge: str) -> bool:
    """Whether the picture's prompt leaves this judge anything to decide."""
    found = row.by(judge)
    return found is None or found.applies


def join(folders: Sequence[JudgedFolder], language: Language = "en") -> Joined:
    """Contenders of all folders; a LoRA that is in several of them is one contender.

    Raises:
        PicturesError: suites, bases, settings or judges differ; everything that does is named.
    """
    if not folders:
        raise PicturesError(_said("nothing", language), fix=_said("nothing_fix", language))
    first = folders[0]
    problems = [
        problem for other in folders[1:] for problem in _differences(first, other, language)
    ]
    if problems:
        raise PicturesError(
            _said("cannot_compare", language), problems=problems,
            fix=_said("cannot_compare_fix", language),
        )  # fmt: skip
    entries = _entries(folders)
    strengths = {strength for entry in entries if not entry.is_base for strength in entry.strengths}
    strength = min(strengths, key=lambda each: (abs(each - 1), each), default=1.0)
    return Joined(tuple(folders), tuple(entries), strength)


def _entries(folders: Sequence[JudgedFolder]) -> list[Entry]:
    known: dict[tuple[str, float], Entry] = {}
    taken: set[str] = set()
    for number, folder in enumerate(folders):
        for contender in folder.manifest.contenders:
            rows = tuple(row for row in folder.rows if row.picture.contender == contender.id)
            source = Source(number, contender.id)
            key = (contender.sha256 or contender.id, contender.factor)
            if key in known:
                known[key] = _added(known[key], source, rows)
                continue
            name, count = contender.id, 2
            while name in taken:
                name, count = f"{contender.id}-{count}", count + 1
            taken.add(name)
            known[key] = Entry(name, contender, (source,), rows)
    return sorted(known.values(), key=lambda entry: not entry.is_base)


def _added(entry: Entry, source: Source, rows: tuple[JudgedPicture, ...]) -> Entry:
    """Further pictures of a contender; of two with one prompt, seed and strength the first."""
    there = {row.picture.key for row in entry.rows}
    new = tuple(row for row in rows if row.picture.key not in there)
    return Entry(entry.id, entry.contender, (*entry.sources, source), (*entry.rows, *new))


def _differences(first: JudgedFolder, other: JudgedFolder, language: Language) -> list[Problem]:
    found = [
        (name, getattr(first.manifest, name), getattr(other.manifest, name)) for name in _ALIKE
    ]
    triggers = [each.manifest.character.trigger for each in (first, other)]
    found.append(("trigger", triggers[0], triggers[1]))
    found += [
        (
            field.name.replace("_", " "),
            getattr(first.judged_with, field.name),
            getattr(other.judged_with, field.name),
        )
        for field in fields(first.judged_with)
        if field.name not in _MAY_DIFFER
    ]
    return [
        Problem(
            other.folder,
            _said("differs", language, name=name, theirs=repr(theirs), mine=repr(mine)),
            "",
        )
        for name, mine, theirs in found
        if mine != theirs
    ]


def _said(key: str, language: Language, **values: object) -> str:
    return text(f"report.error.{key}", language, **values)

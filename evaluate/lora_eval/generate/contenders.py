"""LoRA files on the command line, and what their headers say of them and of the character."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lora_eval.errors import LoraWizardError, Problem
from lora_eval.pictures import BASE, Contender
from lora_wizard.errors import LoraFileError
from lora_wizard.lora import LoraFile, load_lora

_FACTOR = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_SUFFIX = ".safetensors"
_EPOCH_NAME = re.compile(r"(.+)-(\d{6})")
_STEP_NAME = re.compile(r"(.+)-step(\d{8})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A LoRA of the command line."""

    path: Path
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Entrant:
    """A LoRA that was read: its values, and how it is called."""

    contender: Contender
    file: LoraFile


@dataclass(frozen=True, slots=True)
class Hints:
    """What LoRA files tell about their character, for where the user says nothing."""

    trigger: str = ""
    outfit_triggers: tuple[str, ...] = ()
    tags: frozenset[str] = field(default_factory=frozenset)
    """All tags of the training captions."""


def parse_wanted(text: str) -> Wanted:
    """`FILE` or `FILE:FACTOR`; a colon in the file's own name is understood.

    Raises:
        LoraFileError: the factor is no number.
    """
    file, colon, factor = text.rpartition(":")
    if not colon or Path(text).exists() or factor.endswith(_SUFFIX):
        return Wanted(Path(text).expanduser())
    if not _FACTOR.fullmatch(factor.strip()):
        fix = f"Write it as {file}:0.8"
        raise LoraFileError(f'"{factor}" is no strength', where=text, fix=fix)
    return Wanted(Path(file).expanduser(), float(factor))


def read_entrants(wanted: Sequence[Wanted]) -> tuple[list[Entrant], list[LoraWizardError]]:
    """The LoRAs that can be read, in order, and the errors of those that cannot."""
    entrants: list[Entrant] = []
    errors: list[LoraWizardError] = []
    taken = {BASE}
    for each in wanted:
        try:
            file = load_lora(each.path)
            digest = file_sha256(each.path)
        except LoraWizardError as error:
            errors.append(error)
            continue
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            errors.append(LoraFileError(what, where=str(each.path)))
            continue
        contender = _contender(each, file, digest, taken)
        taken.add(contender.id)
        entrants.append(Entrant(contender, file))
    return entrants, errors


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hints_of(entrants: Sequence[Entrant]) -> Hints:
    """What the first LoRA with training tags in its header says."""
    for entrant in entrants:
        folders = _tag_counts(entrant.file.metadata)
        if folders:
            return _hints(folders)
    return Hints()


def problems_of(errors: Sequence[LoraWizardError]) -> list[Problem]:
    """Errors as problems, one a LoRA."""
    return [Problem(error.where, error.message, error.fix) for error in errors]


def _contender(wanted: Wanted, file: LoraFile, digest: str, taken: set[str]) -> Contender:
    stem = wanted.path.stem
    facts = file.metadata
    epoch, step, series = _number(facts, "ss_epoch"), _number(facts, "ss_steps"), stem
    if match := _EPOCH_NAME.fullmatch(stem):
        series, epoch = match[1], int(match[2])
    elif match := _STEP_NAME.fullmatch(stem):
        series, step = match[1], int(match[2])
    factor = f"-x{wanted.factor:g}" if wanted.factor != 1 else ""
    session = facts.get("ss_session_id", "")
    return Contender(
        id=_unique(re.sub(r"[^\w.-]+", "-", stem + factor)[:60], taken),
        label=stem if wanted.factor == 1 else f"{stem} x {wanted.factor:g}",
        path=str(wanted.path),
        sha256=digest,
        factor=wanted.factor,
        series=f"{series}{factor}{' ' + session if session else ''}",
        epoch=epoch,
        step=step,
        rank=file.rank,
        alpha=file.alpha,
    )


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}-{number}", number + 1
    return candidate


def _number(facts: Mapping[str, str], key: str) -> int | None:
    text = facts.get(key, "")
    return int(text) if text.isdigit() else None


def _tag_counts(facts: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Tags and their counts by folder, from `ss_tag_frequency`; empty where there is none."""
    try:
        found: Any = json.loads(facts.get("ss_tag_frequency", "{}"))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        str(folder): {str(tag): count for tag, count in tags.items() if isinstance(count, int)}
        for folder, tags in found.items()
        if isinstance(tags, dict) and tags
    }


def _hints(folders: Mapping[str, Mapping[str, int]]) -> Hints:
    """A folder's trigger is its commonest tag, the first of several: captions begin with it."""
    firsts = {}
    for folder, tags in folders.items():
        if tags:
            firsts[folder] = max(tags, key=lambda tag: tags[tag])
    largest = max(firsts, key=lambda folder: folders[folder][firsts[folder]])
    trigger = firsts[largest]
    others = tuple(dict.fromkeys(tag for tag in firsts.values() if tag != trigger))
    every = frozenset(tag for tags in folders.values() for tag in tags)
    return Hints(trigger, others, every)

"""LoRA files on the command line, and what their names and headers say of them.

Tensors are read, checked and let go again: twelve epochs of a large model do not fit into the
memory together. Each is read once more when its pictures are drawn.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_eval.errors import LoraWizardError, Problem
from lora_eval.pictures import BASE, Contender
from lora_eval.pictures.metadata import whole
from lora_wizard.errors import LoraFileError
from lora_wizard.lora import LoraFile, load_lora
from lora_wizard.models.lora_calls import STRONGEST, finite

_FACTOR = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_SUFFIX = ".safetensors"
_EPOCH_NAME = re.compile(r"(.+)-(\d{6})")
_STEP_NAME = re.compile(r"(.+)-step(\d{8})")
_LONGEST_ID = 60
_MOST_DIGITS = 12
"""Of an epoch or a step; a longer number counts nothing."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A LoRA of the command line."""

    path: Path
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Entrant:
    """A LoRA that was read and found good."""

    contender: Contender
    metadata: Mapping[str, str]
    short_hash: str
    """By which A1111 knows it: 12 digits."""
    notes: tuple[str, ...] = ()
    """What is to be known of the file, such as an embedding that is not used."""

    def load(self) -> LoraFile:
        """Its values, read again.

        Raises:
            LoraFileError: the file has gone or changed since.
        """
        return load_lora(Path(self.contender.path))


def parse_wanted(text: str) -> Wanted:
    """`FILE` or `FILE:FACTOR`; a colon in the file's own name is understood.

    Raises:
        LoraFileError: the factor is no number.
    """
    file, colon, factor = text.rpartition(":")
    if not colon or os.path.exists(text) or factor.endswith(_SUFFIX):
        return Wanted(Path(text).expanduser())
    number = finite(factor) if _FACTOR.fullmatch(factor.strip()) else None
    if number is None or abs(number) > STRONGEST:
        fix = f"Write a number up to {STRONGEST:g}, such as {file}:0.8"
        raise LoraFileError(f'"{factor}" is not a strength', where=text, fix=fix)
    return Wanted(Path(file).expanduser(), number)


def read_entrants(wanted: Sequence[Wanted]) -> tuple[list[Entrant], list[LoraWizardError]]:
    """The LoRAs that can be read, in order, each once, and the errors of those that cannot."""
    entrants: list[Entrant] = []
    errors: list[LoraWizardError] = []
    for each in dict.fromkeys(wanted):
        if (problem := _not_utf8(each.path)) is not None:
            errors.append(problem)
            continue
        try:
            file = load_lora(each.path)
            digest, short = file_sha256(each.path), _short_hash(file)
        except LoraWizardError as error:
            errors.append(error)
            continue
        except OSError as error:
            what = f"cannot be read: {error.strerror or error}"
            errors.append(LoraFileError(what, where=str(each.path)))
            continue
        taken = {entrant.contender.id.casefold() for entrant in entrants} | {BASE}
        shared = any(
            other.path.stem == each.path.stem and other.path != each.path for other in wanted
        )
        contender = _contender(each, file, digest, taken, with_folder=shared)
        entrants.append(Entrant(contender, file.metadata, short, file.notes))
    return entrants, errors


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def problems_of(errors: Sequence[LoraWizardError]) -> list[Problem]:
    """Errors as problems, one a LoRA."""
    return [Problem(error.where, error.message, error.fix) for error in errors]


def _not_utf8(path: Path) -> LoraFileError | None:
    """Manifests and pictures name LoRAs in UTF-8; others would be lost after they were drawn."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        fix = "Rename the file or the folder that it lies in"
        return LoraFileError("has a name that is not UTF-8", where=str(path), fix=fix)
    return None


def _contender(
    wanted: Wanted, file: LoraFile, digest: str, taken: set[str], *, with_folder: bool
) -> Contender:
    stem, facts = wanted.path.stem, file.metadata
    epoch, step, series = _number(facts, "ss_epoch"), _number(facts, "ss_steps"), stem
    if match := _EPOCH_NAME.fullmatch(stem):
        series, epoch = match[1], int(match[2])
    elif match := _STEP_NAME.fullmatch(stem):
        series, step = match[1], int(match[2])
    session = facts.get("ss_session_id", "")
    # A factor makes another curve: epochs at 0.7 are no further epochs of those at 1.
    parts = [series, session, "" if wanted.factor == 1 else f"x{wanted.factor:g}"]
    label = f"{wanted.path.parent.name}/{stem}" if with_folder else stem
    factor = "" if wanted.factor == 1 else f"-x{wanted.factor:g}"
    return Contender(
        id=_unique(_fit_for_a_folder(stem, factor), taken),
        label=label if wanted.factor == 1 else f"{label} x {wanted.factor:g}",
        path=str(wanted.path),
        sha256=digest,
        factor=wanted.factor,
        series=" ".join(filter(None, parts)),
        epoch=epoch,
        step=step,
        rank=file.rank,
        alpha=file.alpha,
    )


def _fit_for_a_folder(stem: str, factor: str) -> str:
    name = re.sub(r"[^\w.-]+", "-", stem).strip(".")
    return f"{name[: _LONGEST_ID - len(factor)] or 'lora'}{factor}"


def _unique(name: str, taken: set[str]) -> str:
    """Not in `taken`, whatever the file system thinks of capitals."""
    candidate, number = name, 2
    while candidate.casefold() in taken:
        candidate, number = f"{name}-{number}", number + 1
    return candidate


def _number(facts: Mapping[str, str], key: str) -> int | None:
    number = whole(facts.get(key, ""))
    return number if number is not None and 0 <= number < 10**_MOST_DIGITS else None


def _short_hash(file: LoraFile) -> str:
    """Of the file behind its header, as A1111 takes it, unless the header tells."""
    known = file.metadata.get("sshs_model_hash")
    if known:
        return known[:12]
    with file.path.open("rb") as content:
        length = int.from_bytes(content.read(8), "little")
        content.seek(8 + length)
        return hashlib.file_digest(content, "sha256").hexdigest()[:12]

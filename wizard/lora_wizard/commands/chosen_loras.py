"""Which LoRAs a prompt is drawn with: those given for all prompts, and those it names itself."""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.models.prompt import LoraCall, extract_loras

__all__ = ["ChosenLora", "choose_loras", "parse_lora"]

_STRENGTH = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True)
class ChosenLora:
    """A LoRA file and how strongly it acts (no unit, 1 = as trained, may be negative)."""

    path: Path
    strength: float = 1.0

    @property
    def name(self) -> str:
        """What `<lora:name:...>` calls it."""
        return self.path.stem


def parse_lora(text: str) -> ChosenLora:
    """`FILE` or `FILE:STRENGTH`; a colon in the file's own name is understood.

    Raises:
        LoraFileError: the strength is not a number.
    """
    file, colon, strength = text.rpartition(":")
    if not colon or os.path.exists(text) or strength.endswith(SUFFIX):
        return ChosenLora(Path(text).expanduser())
    if not _STRENGTH.fullmatch(strength.strip()):
        raise LoraFileError(
            f'"{strength}" is no strength', where=text, fix=f"Write it as {file}:0.8"
        )
    return ChosenLora(Path(file).expanduser(), float(strength))


def choose_loras(
    prompts: Sequence[str], given: Sequence[ChosenLora], folders: Sequence[Path]
) -> dict[str, tuple[ChosenLora, ...]]:
    """The LoRAs of each prompt.

    A given LoRA acts on every prompt. Where a prompt names one, the strength written there counts
    instead; several calls of one LoRA add up, as in A1111. A strength of 0 leaves a LoRA out.

    Args:
        prompts: distinct prompts in A1111's syntax.
        given: LoRAs for all prompts.
        folders: where further names are looked up, with the folders in them.

    Raises:
        LoraFileError: a name that no file has; all such names together.
        LoraWizardError: a `<lora:...>` that cannot be read.
    """
    calls = {prompt: extract_loras(prompt)[1] for prompt in prompts}
    paths = {lora.name: lora.path for lora in given}
    if any(call.name not in paths for each in calls.values() for call in each):
        paths = _in_folders(folders) | paths
    _refuse_unknown(calls, paths)
    return {prompt: _chosen(calls[prompt], given, paths) for prompt in prompts}


def _chosen(
    calls: Sequence[LoraCall], given: Sequence[ChosenLora], paths: Mapping[str, Path]
) -> tuple[ChosenLora, ...]:
    named: dict[Path, float] = {}
    for call in calls:
        path = paths[call.name]
        named[path] = named.get(path, 0.0) + call.strength
    strengths: dict[Path, float] = {}
    for lora in given:
        strengths[lora.path] = strengths.get(lora.path, 0.0) + lora.strength
    return tuple(
        ChosenLora(path, strength) for path, strength in (strengths | named).items() if strength
    )


def _in_folders(folders: Sequence[Path]) -> dict[str, Path]:
    """LoRA files by name; of two with one name the one in the first folder, highest up, counts."""
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise LoraFileError(
                "There is no such folder", where=str(folder), fix="Check --lora-dir"
            )
        files = sorted(folder.rglob(f"*{SUFFIX}"), key=lambda file: (len(file.parts), file))
        for file in files:
            found.setdefault(file.stem, file)
    return found


def _refuse_unknown(calls: Mapping[str, Sequence[LoraCall]], paths: Mapping[str, Path]) -> None:
    names = dict.fromkeys(call.name for each in calls.values() for call in each)
    problems = []
    for name in names:
        if name not in paths:
            near = difflib.get_close_matches(name, paths, 1)
            fix = f"Did you mean {near[0]}?" if near else "Give it by --lora or --lora-dir"
            problems.append(Problem(f"<lora:{name}>", "no LoRA file has this name", fix))
    if problems:
        raise LoraFileError("The prompts name LoRAs that are not there", problems=problems)

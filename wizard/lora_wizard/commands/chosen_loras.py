"""Which LoRAs a prompt is drawn with: those given for all prompts, and those it names itself."""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.models.lora_calls import STRONGEST, LoraCall, extract_loras, finite

__all__ = ["ChosenLora", "choose_loras", "parse_lora"]

_STRENGTH = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")
_ENDING = re.compile(r"\.(?:safetensors|ckpt|pt|pth|bin|sft)$", re.IGNORECASE)
SUFFIX = ".safetensors"


@dataclass(frozen=True, slots=True)
class ChosenLora:
    """A LoRA file and how strongly it acts (no unit, 1 = as trained, may be negative)."""

    path: Path
    strength: float = 1.0
    text_strength: float | None = None
    """On the text encoders; None where it is the same as on the U-Net."""

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
    number = finite(strength) if _STRENGTH.fullmatch(strength.strip()) else None
    if number is None or abs(number) > STRONGEST:
        fix = f"Write a number up to {STRONGEST:g}, such as {file}:0.8"
        raise LoraFileError(f'"{strength}" is not a strength', where=text, fix=fix)
    return ChosenLora(Path(file).expanduser(), number)


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
    # A call's name has no blanks at its ends; a file's may.
    paths |= {name.strip(): path for name, path in paths.items() if name.strip() not in paths}
    _refuse_unknown(calls, paths)
    return {prompt: _chosen(calls[prompt], given, paths) for prompt in prompts}


def _chosen(
    calls: Sequence[LoraCall], given: Sequence[ChosenLora], paths: Mapping[str, Path]
) -> tuple[ChosenLora, ...]:
    asked = [ChosenLora(paths[call.name], call.strength, call.text_strength) for call in calls]
    sums = _summed(given) | _summed(asked)
    return tuple(lora for lora in sums.values() if lora.strength or lora.text_strength)


def _summed(loras: Sequence[ChosenLora]) -> dict[Path, ChosenLora]:
    """Each file once, its strengths added up."""
    sums: dict[Path, tuple[float, float]] = {}
    for lora in loras:
        text = lora.strength if lora.text_strength is None else lora.text_strength
        before = sums.get(lora.path, (0.0, 0.0))
        sums[lora.path] = (before[0] + lora.strength, before[1] + text)
    return {
        path: ChosenLora(path, strength, None if text == strength else text)
        for path, (strength, text) in sums.items()
    }


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
            fix = _fix(name, paths)
            problems.append(Problem(f"<lora:{name}>", "no LoRA file has this name", fix))
    if problems:
        raise LoraFileError("The prompts name LoRAs that are not there", problems=problems)


def _fix(name: str, paths: Mapping[str, Path]) -> str:
    """The name that was meant: without folder and ending, whatever its blanks and capitals."""
    bare = _bare(name)
    meant = next((known for known in paths if _bare(known) == bare), None)
    if meant is not None:
        return f"Write <lora:{meant}:1>: a LoRA is called by its name, without folder and ending"
    near = difflib.get_close_matches(name, paths, 1) or difflib.get_close_matches(bare, paths, 1)
    return f"Did you mean {near[0]}?" if near else "Give it by --lora or --lora-dir"


def _bare(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2].strip()
    return _ENDING.sub("", last).strip().casefold()

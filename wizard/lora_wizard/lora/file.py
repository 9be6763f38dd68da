"""The LoRA file: kohya-format safetensors, written and read.

Per layer it holds `NAME.lora_down.weight`, `NAME.lora_up.weight` and `NAME.alpha`, and in the
header the metadata. A file appears whole or not at all, and never with a value that is not a
finite number. It refuses to unpickle anything. Source: sd-scripts `networks/lora.py`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from lora_wizard.atomic import atomic_write
from lora_wizard.errors import LoraFileError, Problem
from lora_wizard.lora.container import read_container, serialise
from lora_wizard.lora.hashes import tensor_hashes
from lora_wizard.lora.recognise import module_names, refusal
from lora_wizard.lora.restoring import ALPHA, DOWN, UP, LoraModule

TYPES = {"fp16": torch.float16, "bf16": torch.bfloat16, "fp32": torch.float32}
SHOWN = 5
"""How many layers an error names before it only counts."""


@dataclass(frozen=True, slots=True)
class LoraFile:
    """A LoRA as read from a file."""

    path: Path
    tensors: Mapping[str, Tensor]
    """By their names in the file, in the file's type, on the CPU."""
    metadata: Mapping[str, str]
    rank: int
    """Of most layers; convolutions may have another."""
    alpha: float

    @property
    def modules(self) -> dict[str, LoraModule]:
        """A, B and alpha of each layer by its name."""
        return modules_of(self.tensors)


def save_lora(
    path: Path,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str],
    *,
    precision: Literal["fp16", "bf16", "fp32"] = "fp16",
) -> None:
    """Writes a LoRA file, atomically: an older file stays until the new one is on the disk.

    Args:
        path: Ends in `.safetensors`; its folder exists.
        tensors: As `LoraNetwork.tensors` gives them.
        metadata: Written as it is, with the hashes of the tensors added.
        precision: Type of the values in the file, alpha's too.

    Raises:
        LoraFileError: A value is not finite in that type, or the disk refuses.
    """
    cast = _cast(path, tensors, precision)
    model_hash, legacy_hash = tensor_hashes(cast, metadata)
    header = {**metadata, "sshs_model_hash": model_hash, "sshs_legacy_hash": legacy_hash}
    _write(path, cast, header)


def save_tensors(
    path: Path,
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, str],
    *,
    precision: Literal["fp16", "bf16", "fp32"],
) -> None:
    """Writes a file of another form than kohya's, as `save_lora` does, without hashes.

    Raises:
        LoraFileError: A value is not finite in that type, or the disk refuses.
    """
    _write(path, _cast(path, tensors, precision), metadata)


def _cast(
    path: Path, tensors: Mapping[str, Tensor], precision: Literal["fp16", "bf16", "fp32"]
) -> dict[str, Tensor]:
    dtype = TYPES[precision]
    cast = {name: tensor.detach().to("cpu", dtype).contiguous() for name, tensor in tensors.items()}
    _refuse_non_finite(path, cast, f"as {precision}")
    return cast


def _write(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    try:
        atomic_write(path, serialise(tensors, metadata))
    except OSError as error:
        raise LoraFileError(
            f"cannot be written ({error.strerror or error})",
            where=str(path),
            fix="Check that the folder exists, may be written to and has space left. "
            "What was there before is untouched",
        ) from error


def load_lora(path: Path) -> LoraFile:
    """Reads a LoRA file in kohya's format, with or without convolutions (LoCon).

    Raises:
        LoraFileError: It is missing, torn, of another kind, or holds values that are not finite.
    """
    tensors, metadata = read_container(path)
    why = refusal(tensors.keys())
    if why is not None:
        raise LoraFileError(why.what, where=str(path), fix=why.fix)
    _refuse_bad_shapes(path, tensors)
    _refuse_non_finite(path, tensors, "in it")
    modules = modules_of(tensors)
    rank, _ = Counter(module.rank for module in modules.values()).most_common(1)[0]
    alpha, _ = Counter(module.alpha for module in modules.values()).most_common(1)[0]
    return LoraFile(path, tensors, metadata, rank, alpha)


def modules_of(tensors: Mapping[str, Tensor]) -> dict[str, LoraModule]:
    """A, B and alpha of each layer by its name; an absent alpha is the rank, as in other tools."""
    result: dict[str, LoraModule] = {}
    for name in module_names(tensors.keys()):
        down, up = tensors[f"{name}.{DOWN}"], tensors[f"{name}.{UP}"]
        alpha = tensors.get(f"{name}.{ALPHA}")
        value = 0.0 if alpha is None else float(alpha)
        result[name] = LoraModule(down, up, value or float(down.shape[0]))
    return result


def _refuse_bad_shapes(path: Path, tensors: Mapping[str, Tensor]) -> None:
    problems = []
    for name in module_names(tensors.keys()):
        down, up = tensors[f"{name}.{DOWN}"], tensors[f"{name}.{UP}"]
        fits = down.ndim in (2, 4) and up.ndim in (2, 4) and down.shape[0] == up.shape[1]
        if not fits:
            shapes = f"A {tuple(down.shape)} and B {tuple(up.shape)} are no pair"
            problems.append(Problem(name, shapes, ""))
    if problems:
        raise LoraFileError(
            "is damaged: some layers have impossible shapes",
            where=str(path),
            problems=problems[:SHOWN],
        )


def _refuse_non_finite(path: Path, tensors: Mapping[str, Tensor], how: str) -> None:
    bad = [name for name, tensor in tensors.items() if not bool(torch.isfinite(tensor).all())]
    if not bad:
        return
    names = list(dict.fromkeys(name.split(".")[0] for name in bad))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    raise LoraFileError(
        f"values are not finite {how}: {', '.join(names[:SHOWN])}{more}",
        where=str(path),
        fix="Such a LoRA draws black pictures. Train with a lower learning rate or in fp32, "
        "and go on from the last good checkpoint",
    )

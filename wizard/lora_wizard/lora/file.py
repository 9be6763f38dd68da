"""The LoRA file: written in kohya's format, read in any program's.

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
from lora_wizard.errors import LoraFileError
from lora_wizard.lora.container import read_container, readable, serialise
from lora_wizard.lora.contents import Contents, not_finite, notes_of, problems_of, read_contents
from lora_wizard.lora.hashes import tensor_hashes
from lora_wizard.lora.names import family_of
from lora_wizard.lora.names.keys import layer_of
from lora_wizard.lora.recognise import refusal
from lora_wizard.lora.restoring import LoraModule

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
    def contents(self) -> Contents:
        """Its layers, and what is to be known of them."""
        return read_contents(self.path, self.tensors, self.metadata)

    @property
    def modules(self) -> dict[str, LoraModule]:
        """A, B and alpha of each layer by its canonical name, whatever the file calls it."""
        return dict(self.contents.modules)

    @property
    def family(self) -> str | None:
        """`sd1`, `sd2` or `sdxl`; another family's name, or None where it is not known."""
        shapes = {name: tuple(tensor.shape) for name, tensor in self.tensors.items()}
        return family_of(shapes, self.metadata)

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever uses it should know, in sentences without the file's name."""
        return notes_of(self.contents)


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
    """Reads a LoRA or LoCon file under the names of any program that `lora.names` knows.

    Raises:
        LoraFileError: It is missing, torn, of another kind, or holds values that are not finite.
    """
    tensors, metadata = read_container(path)
    with readable(path):
        return read_lora(path, tensors, metadata)


def read_lora(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> LoraFile:
    """The LoRA that a file's tensors make.

    Raises:
        LoraFileError: They make none, or hold values that are not finite.
    """
    contents = read_contents(path, tensors, metadata)
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    why = refusal(shapes, contents.names)
    if why is not None:
        raise LoraFileError(why.what, where=str(path), fix=why.fix)
    if contents.impossible:
        raise LoraFileError(
            "is damaged: some layers have impossible shapes or numbers",
            where=str(path),
            problems=problems_of(contents, SHOWN),
        )
    _refuse_non_finite(path, tensors, "in it")
    modules = contents.modules.values()
    rank, _ = Counter(module.rank for module in modules).most_common(1)[0]
    alpha, _ = Counter(module.alpha for module in modules).most_common(1)[0]
    return LoraFile(path, tensors, metadata, rank, alpha)


def _refuse_non_finite(path: Path, tensors: Mapping[str, Tensor], how: str) -> None:
    bad = not_finite(tensors)
    if not bad:
        return
    names = list(dict.fromkeys(layer_of(name) for name in bad))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    raise LoraFileError(
        f"values are not finite {how}: {', '.join(names[:SHOWN])}{more}",
        where=str(path),
        fix="Such a LoRA draws black pictures. Train with a lower learning rate or in fp32, "
        "and go on from the last good checkpoint",
    )

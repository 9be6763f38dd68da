"""Reading one checkpoint file: its tensors' names and shapes first, then the tensors wanted.

A file is read tensor by tensor, so that memory holds little more than what is asked for. What it
is, its first bytes say. Any other file than safetensors is a pickle, and a pickle may hold a
program: it is read only by `torch.load(weights_only=True)`, which refuses everything but tensors
and plain containers. Whatever goes wrong in there is the file's fault, and said so.
"""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors import safe_open
from torch import Tensor

from lora_wizard.errors import LoraWizardError, ModelError, Problem
from lora_wizard.models.first_bytes import Kind, kind_of
from lora_wizard.models.scaled import Scales, scales_in, weight_of

_DOWNLOAD_AGAIN = "Download or copy it again, and compare its size with the source's"


_PARTS = 25
"""A mapped file is opened again after each such part of it, which gives the pages read back."""
_SHOWN = 3
_CODE = re.compile("unsupported (global|class)|blocked|Can only (build|create)", re.IGNORECASE)
"""In what torch's unpickler says of a pickle that would run something."""

Reader: TypeAlias = Callable[[str], Tensor]
"""One tensor by its name, on the CPU, in the file's precision."""


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint file whose names and shapes are known, and whose tensors can be read, once."""

    path: Path
    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]
    """The header's texts; a pickle has none."""
    open: Callable[[], Reader]
    is_mapped: bool
    """Whether tensors are views of the mapped file, and have to be copied."""
    scales: Scales = field(default_factory=Scales)
    """What weights in 8 bits are multiplied by; its names are not among `shapes`."""

    def holds(self, prefix: str) -> bool:
        """Whether some tensor's name begins so."""
        return any(name.startswith(prefix) for name in self.shapes)

    def read(
        self,
        prefix: str,
        *,
        device: torch.device,
        dtype: torch.dtype,
        wanted: Callable[[str], bool] = lambda name: True,
    ) -> dict[str, Tensor]:
        """The tensors whose names begin with `prefix`, on `device`, in `dtype` where not whole.

        Beside what is asked for, memory holds one tensor, or a part of a mapped file.

        Args:
            wanted: by a tensor's whole name, whether to read it.

        Raises:
            ModelError: the file changed, cannot be read to its end, or holds values that are no
                numbers.
        """
        names = [name for name in self.shapes if name.startswith(prefix) and wanted(name)]
        try:
            found = dict(self._tensors(names, device, dtype))
        except (LoraWizardError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # the file decides what goes wrong here
            raise _damaged(self.path, error) from error
        refuse_lost_values(found.items(), self.path)
        return found

    def _tensors(
        self, names: Sequence[str], device: torch.device, dtype: torch.dtype
    ) -> Iterator[tuple[str, Tensor]]:
        size = self.path.stat().st_size
        read, opened = self.open(), 0
        for name in names:
            tensor = weight_of(name, read, self.scales, self.path)
            opened += tensor.nbytes
            precision = dtype if tensor.is_floating_point() else tensor.dtype
            yield name, tensor.to(device, precision, copy=self.is_mapped)
            if self.is_mapped and opened > size / _PARTS:
                del tensor
                read, opened = self.open(), 0


def refuse_lost_values(tensors: Iterable[tuple[str, Tensor]], path: Path) -> None:
    """Ends with an error where a tensor holds values that are infinite or no numbers.

    Raises:
        ModelError: naming the tensors.
    """
    # A sum is far quicker than a look at every value, and is lost where one of them is.
    suspects = [(name, one) for name, one in tensors if one.is_floating_point() and one.numel()]
    sums = [one.detach().sum(dtype=torch.float32) for _, one in suspects]
    lost = [
        (name, int((~torch.isfinite(one)).sum()))
        for (name, one), total in zip(suspects, sums, strict=True)
        if not math.isfinite(total)
    ]
    lost = [(name, count) for name, count in lost if count]
    if not lost:
        return
    more = len(lost) - _SHOWN
    problems = [
        Problem(name, f"{count} values are infinite or no numbers", "")
        for name, count in lost[:_SHOWN]
    ] + ([Problem("", f"and {more} more tensors", "")] if more > 0 else [])
    raise ModelError(
        "The model is broken: some of its weights are no numbers",
        where=str(path),
        fix="Download or copy it again; where that does not help, the file was made so, and "
        'another version of the model is needed. In fp16, try training.precision = "fp32"',
        problems=problems,
    )


def open_checkpoint(path: Path) -> Checkpoint:
    """Open a `.safetensors`, `.ckpt`, `.pt` or `.bin` file.

    Raises:
        ModelError: empty, cut short, not a checkpoint, not readable, or a pickle holding code.
    """
    # The ending decides only where the first bytes do not: then the file is damaged.
    usual: Kind = "safetensors" if path.suffix.lower() == ".safetensors" else "pickle"
    kind = kind_of(path) or usual
    found = _open_safetensors(path) if kind == "safetensors" else _open_pickle(path)
    scales = scales_in(found.shapes, found.metadata, path)
    shapes = {name: shape for name, shape in found.shapes.items() if name not in scales.beside}
    return replace(found, shapes=shapes, scales=scales)


def _open_safetensors(path: Path) -> Checkpoint:
    try:
        # Not mapped: mapped pages would stay in memory beside the tensors made of them.
        file: Any = safe_open(str(path), framework="pt", device="cpu", backend="pread")
        names = list(file.offset_keys())
        read: Reader = file.get_tensor
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names}
        metadata = {str(key): str(value) for key, value in (file.metadata() or {}).items()}
    except Exception as error:  # the file decides what goes wrong here
        raise _damaged(path, error) from error
    return Checkpoint(path, shapes, metadata, lambda: read, is_mapped=False)


def _open_pickle(path: Path) -> Checkpoint:
    content, is_mapped = _load_pickle(path)
    tensors = _tensors_in(content)
    shapes = {name: tuple(value.shape) for name, value in tensors.items()}
    if is_mapped:
        # Held open, it would keep the pages of everything read from it.
        return Checkpoint(
            path, shapes, {}, lambda: _tensors_in(_load_pickle(path)[0]).__getitem__, True
        )
    # The old format is in memory as a whole: what was read is let go, one by one.
    return Checkpoint(path, shapes, {}, lambda: tensors.pop, False)


def _tensors_in(content: Any) -> dict[str, Tensor]:
    seen: set[int] = set()  # a pickle may hold itself
    while isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        if id(content) in seen:
            break
        seen.add(id(content))
        content = content["state_dict"]
    if not isinstance(content, Mapping):
        return {}
    return {
        name: value for name, value in content.items() if isinstance(name, str) and _is_plain(value)
    }


def _is_plain(value: Any) -> bool:
    """Whether it is a tensor of numbers in memory, neither sparse nor quantised nor without any."""
    return (
        isinstance(value, Tensor)
        and value.layout is torch.strided
        and not value.is_quantized
        and not value.is_meta
    )


def _load_pickle(path: Path) -> tuple[Any, bool]:
    """What a pickle holds, and whether its tensors are views of the mapped file."""
    try:
        if path.suffix.lower() == ".safetensors":  # torch would go by its ending
            with path.open("rb") as file:
                return torch.load(file, map_location="cpu", weights_only=True), False
        try:
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True), True
        except RuntimeError as error:
            if "mmap" not in str(error):  # the old format without a zip cannot be mapped
                raise
            return torch.load(path, map_location="cpu", weights_only=True), False
    except Exception as error:  # the file decides what goes wrong here
        if not (isinstance(error, pickle.UnpicklingError) and _CODE.search(str(error))):
            raise _damaged(path, error) from error
        raise ModelError(
            f"The file holds code beside its weights{_named_code(path)}, so it was not opened",
            where=str(path),
            fix="Use the .safetensors version of this model, or convert the file on a machine "
            "where you trust it",
        ) from None


def _named_code(path: Path) -> str:
    """` (os.system)`: what the pickle would call. Found by reading, never by running it."""
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
    except Exception:  # the file decides what goes wrong here, and this is only for the sentence
        return ""
    return f" ({', '.join(sorted(names)[:3])})" if names else ""


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an error of Python or PyTorch says that the machine's memory ran out."""
    words = str(error)
    return isinstance(error, MemoryError) or "allocate memory" in words or "ENOMEM" in words


def _damaged(path: Path, error: Exception) -> ModelError:
    if ran_out_of_memory(error):
        return ModelError(
            "Memory ran out while the model was read",
            where=str(path),
            fix="Close other programs, or use a machine with more memory",
        )
    reason = str(error).strip().splitlines()
    detail = f" ({reason[0][:120]})" if reason and reason[0] else ""
    return ModelError(
        f"The file is damaged, cut short or not a checkpoint{detail}",
        where=str(path),
        fix=_DOWNLOAD_AGAIN,
    )

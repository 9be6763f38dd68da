"""Reading one checkpoint file: its tensors' names and shapes first, then the tensors wanted.

A `.safetensors` file is read tensor by tensor, so that memory holds little more than what is
asked for. Any other file is a pickle, and a pickle may hold a program: it is read only by
`torch.load(weights_only=True)`, which refuses everything but tensors and plain containers.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lora_wizard.errors import ModelError

_DOWNLOAD_AGAIN = "Download or copy it again, and compare its size with the source's"


@dataclass(frozen=True)
class Checkpoint:
    """An open checkpoint file."""

    path: Path
    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]
    tensor: Callable[[str], Tensor]
    """Reads one tensor by name, on the CPU, in the file's precision."""

    def read(self, prefix: str, *, device: torch.device, dtype: torch.dtype) -> dict[str, Tensor]:
        """The tensors whose names begin with `prefix`, copied to `device` in `dtype`.

        Raises:
            ModelError: the file changed or cannot be read to its end.
        """
        try:
            return {
                name: self.tensor(name).to(device, dtype, copy=True)
                for name in self.shapes
                if name.startswith(prefix)
            }
        except (SafetensorError, OSError) as error:
            raise _damaged(self.path, error) from error


def open_checkpoint(path: Path) -> Checkpoint:
    """Open a `.safetensors`, `.ckpt`, `.pt` or `.bin` file.

    Raises:
        ModelError: empty, cut short, not a checkpoint, not readable, or a pickle holding code.
    """
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise ModelError(
            f"It cannot be read: {error.strerror}", where=str(path), fix="Check its permissions"
        ) from error
    if not start:
        raise ModelError("The file is empty", where=str(path), fix=_DOWNLOAD_AGAIN)
    if start.startswith(b"version https://git-lfs"):
        raise ModelError(
            "This is only Git LFS's note of where the file is, not the file",
            where=str(path),
            fix="Fetch the file itself with: git lfs pull",
        )
    if path.suffix.lower() == ".safetensors":
        return _open_safetensors(path)
    return _open_pickle(path)


def _open_safetensors(path: Path) -> Checkpoint:
    try:
        file: Any = safe_open(str(path), framework="pt", device="cpu")
        names = list(file.keys())
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names}
    except (SafetensorError, OSError) as error:
        raise _damaged(path, error) from error
    return Checkpoint(path, shapes, file.metadata() or {}, file.get_tensor)


def _open_pickle(path: Path) -> Checkpoint:
    content = _load_pickle(path)
    while isinstance(content, Mapping) and isinstance(content.get("state_dict"), Mapping):
        content = content["state_dict"]
    tensors = (
        {name: value for name, value in content.items() if isinstance(value, Tensor)}
        if isinstance(content, Mapping)
        else {}
    )
    shapes = {name: tuple(value.shape) for name, value in tensors.items()}
    return Checkpoint(path, shapes, {}, tensors.__getitem__)


def _load_pickle(path: Path) -> Any:
    try:
        try:
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError as error:
            if "mmap" not in str(error):  # the old format without a zip cannot be mapped
                raise
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "Unsupported" not in str(error) and "unsupported" not in str(error):
            raise _damaged(path, error) from error
        raise ModelError(
            f"The file holds code beside its weights{_named_code(path)}, so it was not opened",
            where=str(path),
            fix="Use the .safetensors version of this model, or convert the file on a machine "
            "where you trust it",
        ) from None
    except (RuntimeError, EOFError, OSError, ValueError, KeyError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error


def _named_code(path: Path) -> str:
    """` (os.system)`: what the pickle would call. Found by reading, never by running it."""
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(str(path))
    except Exception:  # the file decides what goes wrong here, and this is only for the sentence
        return ""
    return f" ({', '.join(sorted(names)[:3])})" if names else ""


def _damaged(path: Path, error: Exception) -> ModelError:
    reason = str(error).strip().splitlines()
    detail = f" ({reason[0][:120]})" if reason and reason[0] else ""
    return ModelError(
        f"The file is damaged, cut short or no checkpoint{detail}",
        where=str(path),
        fix=_DOWNLOAD_AGAIN,
    )

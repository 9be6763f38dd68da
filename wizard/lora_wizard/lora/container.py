"""The safetensors container: the same bytes for the same content, and what is wrong with a file.

The library writes metadata in an order that differs from call to call, so that two equal files
would differ; here the header is sorted. Format: eight bytes of header length (little-endian), a
JSON header, then the tensors' bytes.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from lora_wizard.errors import LoraFileError
from lora_wizard.lora.recognise import other_file

LENGTH_BYTES = 8
LONGEST_HEADER = 100_000_000
"""Bytes, as in the safetensors library."""
ZIP, PICKLE = b"PK\x03\x04", b"\x80"
POINTER = b"version https://git-lfs"


def serialise(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """A whole safetensors file, equal for equal content."""
    content = safetensors.torch.save(dict(tensors), dict(metadata))
    start = data_offset(content)
    header = json.loads(content[LENGTH_BYTES:start])
    layout = {name: entry for name, entry in header.items() if name != "__metadata__"}
    if metadata:
        layout = {"__metadata__": dict(sorted(metadata.items())), **layout}
    text = json.dumps(layout, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % LENGTH_BYTES)
    return len(text).to_bytes(LENGTH_BYTES, "little") + text + content[start:]


def data_offset(content: bytes) -> int:
    """Where the tensors' bytes begin in a safetensors file."""
    return LENGTH_BYTES + int.from_bytes(content[:LENGTH_BYTES], "little")


def check_container(path: Path) -> None:
    """Looks at a file's frame, so that a mistake is named before anything is loaded.

    Raises:
        LoraFileError: It is missing, no safetensors file, or cut off.
    """
    if not path.exists():
        raise LoraFileError("is not there", where=str(path), fix="Check the path")
    if not path.is_file():
        raise LoraFileError("is not a file", where=str(path), fix="Give the .safetensors file")
    try:
        with path.open("rb") as file:
            head = file.read(len(POINTER))
            file.seek(0)
            length = int.from_bytes(file.read(LENGTH_BYTES), "little")
            text = file.read(length) if 2 <= length <= LONGEST_HEADER else b""
    except OSError as error:
        raise LoraFileError(
            f"cannot be opened ({error.strerror or error})", where=str(path)
        ) from error
    size = path.stat().st_size
    # The length comes first, and its bytes may look like anything: so the brace is asked first.
    if not text.startswith(b"{"):
        what = _foreign(head, size) or "is not a safetensors file"
        raise LoraFileError(what, where=str(path), fix="A LoRA is a .safetensors file")
    if size < LENGTH_BYTES + length:
        raise _cut_off(path, size, LENGTH_BYTES + length)
    whole = LENGTH_BYTES + length + _data_length(path, text)
    if size < whole:
        raise _cut_off(path, size, whole)


def read_container(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a safetensors file in its types, on the CPU, and its metadata.

    Raises:
        LoraFileError: It is missing, no safetensors file, cut off, or a model of many gigabytes
            (told by its names before anything is read).
    """
    check_container(path)
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            names = list(file.keys())
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names}
            if problem := other_file(shapes):
                raise LoraFileError(problem.what, where=str(path), fix=problem.fix)
            metadata: dict[str, str] = file.metadata() or {}
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in names}
    except (safetensors.SafetensorError, OSError) as error:
        raise LoraFileError(f"cannot be read ({error})", where=str(path)) from error
    return tensors, metadata


def _foreign(head: bytes, size: int) -> str:
    if size == 0:
        return "is empty"
    if head.startswith(POINTER):
        return "is only a git-lfs pointer; the file itself was not downloaded"
    if head.startswith((ZIP, PICKLE)):
        return "is a pickled file, which could run code when opened; it is refused"
    if head.lstrip()[:1] == b"<":
        return "is a web page; the download failed"
    return ""


def _data_length(path: Path, text: bytes) -> int:
    try:
        header: dict[str, Any] = json.loads(text)
        ends = [
            int(entry["data_offsets"][1])
            for name, entry in header.items()
            if name != "__metadata__"
        ]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise LoraFileError(
            "has a damaged header", where=str(path), fix="Get the file again"
        ) from error
    return max(ends, default=0)


def _cut_off(path: Path, size: int, whole: int) -> LoraFileError:
    return LoraFileError(
        f"is cut off: at least {whole:,} bytes were meant, {size:,} are there",
        where=str(path),
        fix="Get it again, or use an earlier checkpoint",
    )

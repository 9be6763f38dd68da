"""The safetensors container: the same bytes for the same content, and what is wrong with a file.

The library writes metadata in an order that differs from call to call, so that two equal files
would differ; here the header is sorted. Format: eight bytes of header length (little-endian), a
JSON header, then the tensors' bytes.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from lora_wizard.errors import LoraFileError
from lora_wizard.lora.recognise import other_file
from lora_wizard.parsing import ParseError, parse_json, whole_number

LENGTH_BYTES = 8
LONGEST_HEADER = 32_000_000
"""Bytes. The safetensors library takes three times as many; a large LoRA's, with the tags of ten
thousand captions, has less than 2,000,000."""
MOST_TENSORS = 20_000
"""Of a file. A LoCon on every layer of SDXL has fewer than 5,000, a LoKr twice as many."""
MOST_DIGITS = 30
"""Of a number in the header's settings."""
NOT_UNICODE = "has a path that is not UTF-8, which safetensors files cannot have"
ZIP, PICKLE = b"PK\x03\x04", b"\x80"
POINTER = b"version https://git-lfs"


def is_unicode(path: Path) -> bool:
    """Whether a path's bytes are UTF-8: the safetensors library opens no other."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


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
    # os.path, since a name that is too long ends Path.exists in an error.
    if not os.path.exists(path):
        raise LoraFileError("is not there", where=str(path), fix="Check the path")
    if not os.path.isfile(path):
        raise LoraFileError("is not a file", where=str(path), fix="Give the .safetensors file")
    if not is_unicode(path):
        raise LoraFileError(NOT_UNICODE, where=str(path), fix="Rename the file")
    try:
        with path.open("rb") as file:
            head = file.read(len(POINTER))
            file.seek(0)
            length = int.from_bytes(file.read(LENGTH_BYTES), "little")
            text = file.read(min(length, LONGEST_HEADER)) if length >= 2 else b""
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
    if length > LONGEST_HEADER:
        what = f"has a header of {length:,} bytes; at most {LONGEST_HEADER:,} are read"
        raise LoraFileError(what, where=str(path), fix="Give another file: this is no LoRA")
    whole = LENGTH_BYTES + length + _data_length(path, text)
    if size < whole:
        raise _cut_off(path, size, whole)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Whatever goes wrong while a file from anywhere is read is the file's fault, and is said so.

    Raises:
        LoraFileError: In place of any other error.
    """
    try:
        yield
    except (LoraFileError, MemoryError):
        raise
    except (OSError, safetensors.SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise LoraFileError(f"cannot be read ({reason})", where=str(path)) from error
    except Exception as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error


def read_container(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors of a safetensors file in its types, on the CPU, and its metadata.

    Raises:
        LoraFileError: It is missing, no safetensors file, cut off, or a model of many gigabytes
            (told by its names before anything is read).
    """
    check_container(path)
    with readable(path), safetensors.safe_open(path, framework="pt") as file:
        metadata: dict[str, str] = file.metadata() or {}
        _refuse_hostile(path, metadata)
        names = list(file.keys())
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in names}
        if problem := other_file(shapes):
            raise LoraFileError(problem.what, where=str(path), fix=problem.fix)
        tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in names}
    return tensors, metadata


def _refuse_hostile(path: Path, metadata: Mapping[str, str]) -> None:
    """Refuses settings that no trainer writes: nested without end, or numbers of many digits.

    What is only no JSON is let through: it tells nothing, and the tensors may be good.
    """
    for key, value in metadata.items():
        if not key.startswith("ss_"):
            continue
        if value.isdecimal() and len(value) > MOST_DIGITS and "hash" not in key:
            raise _damaged(path, f"{key} in its header is a number of {len(value):,} digits")
        if value.startswith(("{", "[")):
            try:
                parse_json(value, nan=True)
            except ParseError as error:
                if not isinstance(error.__cause__, json.JSONDecodeError):
                    raise _damaged(path, f"{key} in its header cannot be read: {error}") from error


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
    """Bytes of all tensors, by the header."""
    try:
        header: Any = parse_json(text)
        entries = {name: each for name, each in header.items() if name != "__metadata__"}
        ends = [whole_number(entry["data_offsets"][1], least=0) for entry in entries.values()]
    except (ParseError, TypeError, KeyError, IndexError, AttributeError) as error:
        why = str(error) if isinstance(error, ParseError) else ""
        raise _damaged(path, why) from error
    if None in ends:
        raise _damaged(path, "a tensor ends at no whole number of bytes")
    if len(entries) > MOST_TENSORS:
        what = f"holds {len(entries):,} tensors; at most {MOST_TENSORS:,} are read"
        raise LoraFileError(what, where=str(path), fix="Give another file: this is no LoRA")
    return max((end for end in ends if end is not None), default=0)


def _damaged(path: Path, why: str) -> LoraFileError:
    reason = f" ({why})" if why else ""
    return LoraFileError(f"has a damaged header{reason}", where=str(path), fix="Get the file again")


def _cut_off(path: Path, size: int, whole: int) -> LoraFileError:
    return LoraFileError(
        f"is cut off: at least {whole:,} bytes were meant, {size:,} are there",
        where=str(path),
        fix="Get it again, or use an earlier checkpoint",
    )

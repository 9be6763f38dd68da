"""What a file of weights is, by its first bytes: its ending may be wrong.

Model sites rename files, browsers save error pages under the name that was asked for, and the same
model is passed on as `.safetensors` and as a pickle of PyTorch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from lora_wizard.errors import ModelError

Kind = Literal["safetensors", "pickle"]

_MOST_HEADER = 100_000_000
"""Bytes of a header that safetensors itself reads."""
_START = 512
_DOWNLOAD_AGAIN = "Download or copy it again, and compare its size with the source's"
_WEIGHTS = "Give a .safetensors or .ckpt file, or a diffusers folder"
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (
        b"GGUF",
        "a GGUF file, whose weights are stored in few bits",
        "Give the .safetensors version of this model",
    ),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it first"),
    (b"Rar!", "a RAR archive", "Unpack it first"),
    (b"\x89PNG", "a picture", _WEIGHTS),
    (b"\xff\xd8\xff", "a picture", _WEIGHTS),
    (b"RIFF", "a picture or a sound", _WEIGHTS),
    (b"%PDF", "a PDF", _WEIGHTS),
)


def kind_of(path: Path) -> Kind | None:
    """What the first bytes say; None where they say nothing known.

    Raises:
        ModelError: it cannot be read, is empty, or is certainly something else.
    """
    start = _start_of(path)
    if _is_safetensors(start, path.stat().st_size):
        return "safetensors"
    if start.startswith(b"version https://git-lfs"):
        raise ModelError(
            "This is only Git LFS's note of where the file is, not the file",
            where=str(path),
            fix="Fetch the file itself with: git lfs pull",
        )
    if start.lstrip()[:1] == b"<" and b"html" in start.lower():
        raise ModelError(
            "This is a web page, not a model: the download asked for a login or failed",
            where=str(path),
            fix="Download it again, logged in, and look at its size",
        )
    # The zip file of today, and the two older formats of torch.save.
    if start.startswith((b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")):
        return "pickle"
    for mark, what, fix in _OTHERS:
        if start.startswith(mark):
            raise ModelError(f"This is {what}, which is not read", where=str(path), fix=fix)
    return None


def _start_of(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise ModelError("It is not a regular file", where=str(path), fix=_WEIGHTS)
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError as error:
        raise ModelError(
            f"It cannot be read: {error.strerror}", where=str(path), fix="Check its permissions"
        ) from error
    if not start:
        raise ModelError("The file is empty", where=str(path), fix=_DOWNLOAD_AGAIN)
    return start


def _is_safetensors(start: bytes, size: int) -> bool:
    """A length of 8 bytes, and a JSON object of it."""
    header = int.from_bytes(start[:8], "little")
    return start[8:9] == b"{" and 2 <= header <= min(size, _MOST_HEADER)

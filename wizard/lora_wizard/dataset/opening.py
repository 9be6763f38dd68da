"""Opening a picture's file, and what to say of one that cannot be used.

Only regular files of the formats that are read, of a limited size and number of pixels, are handed
to Pillow: a pipe or a device would never end, and other formats may start other programs.
"""

from __future__ import annotations

import errno
import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from PIL import Image, UnidentifiedImageError, features

from lora_wizard.dataset.room import MOST_PIXELS
from lora_wizard.errors import Problem
from lora_wizard.exhaustion import ADVICE, is_out_of_memory
from lora_wizard.files import open_regular

MOST_BYTES = 500_000_000
"""Of a picture's file."""

_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "DIB", "GIF", "TIFF", "TGA", "AVIF")
_ALWAYS_READ = frozenset(
    {".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
    | {".tga"}
)
_KINDS = (
    (re.compile(rb"....ftyp(heic|heix|hevc|heim|heis|hevm|mif1|msf1)", re.DOTALL), "HEIC"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), "AVIF"),
    (re.compile(rb"\xff\x0a|\x00\x00\x00\x0cJXL "), "JPEG XL"),
    (re.compile(rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51"), "JPEG 2000"),
    (re.compile(rb"8BPS"), "Photoshop"),
    (re.compile(rb"\s*(<\?xml|<svg|<!DOCTYPE svg)"), "SVG"),
    (re.compile(rb"\s*<(!DOCTYPE html|html)", re.IGNORECASE), "HTML (a web page)"),
    (re.compile(rb"%PDF|%!PS"), "PDF or PostScript"),
    (re.compile(rb"PK\x03\x04"), "ZIP"),
    (re.compile(rb"version https://git-lfs"), "Git LFS (the picture itself was not fetched)"),
)
"""First bytes of what is often saved under a picture's ending."""

_OPENING = threading.Lock()
"""Held while warnings are off, which is so for all threads at once."""


class UnusablePictureError(Exception):
    """A picture that is whole, but not used."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what, self.fix = what, fix


@cache
def extensions() -> frozenset[str]:
    """What counts as a picture, in lower case. AVIF is read where this Pillow was built with it."""
    return _ALWAYS_READ | ({".avif"} if _reads_avif() else frozenset())


@cache
def _reads_avif() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an older Pillow does not know the word
        return bool(features.check("avif"))


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A picture whose size is known and whose pixels are not decoded yet.

    Raises:
        UnusablePictureError: it has too many pixels.
        Exception: nearly anything, where the file is damaged; `problem_of` puts it into words.
    """
    with open_regular(path, most=MOST_BYTES) as file:
        formats = _FORMATS if _reads_avif() else _FORMATS[:-1]
        with _OPENING, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file, formats=formats)
        with image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_big(image.width * image.height, f" ({image.width}x{image.height})")
            yield image


def problem_of(path: Path, error: Exception) -> Problem:
    """What is wrong with the picture at `path`, which raised `error`."""
    where, fix = str(path), "Save it again from an image editor, or move it out of the folder."
    if isinstance(error, Image.DecompressionBombError):
        pixels = re.search(r"(\d+) pixels", str(error))
        error = _too_big(int(pixels[1]) if pixels else None)
    if isinstance(error, UnusablePictureError):
        return Problem(where, error.what, error.fix)
    if path.is_symlink() and not path.exists():
        return Problem(where, "is a link to a file that is not there", "Remove the link.")
    if is_out_of_memory(error):
        return Problem(where, "cannot be decoded: there is not enough memory", ADVICE)
    if isinstance(error, OSError) and error.errno is not None:
        reason = error.strerror or str(error)
        if error.errno in (errno.EACCES, errno.EPERM):
            return Problem(where, f"cannot be opened: {reason}", "Check its permissions.")
        return Problem(where, f"cannot be opened: {reason}", "Move it out of the folder.")
    start = _start(path)
    if not start:
        return Problem(where, "is empty (0 bytes)", "Copy it again, or remove it.")
    kind = next((name for head, name in _KINDS if head.match(start)), None)
    if kind is not None and isinstance(error, UnidentifiedImageError):
        what = f"is no {path.suffix.lower()} picture: by its first bytes it is {kind}"
        return Problem(where, what, "Save it as PNG, or move it out of the folder.")
    if isinstance(error, UnidentifiedImageError):
        return Problem(where, "is no picture of a known kind, or its start is damaged", fix)
    reason = str(error) or type(error).__name__
    return Problem(where, f"is damaged or cut short ({reason})", fix)


def _too_big(pixels: int | None, size: str = "") -> UnusablePictureError:
    count = "too many" if pixels is None else f"{pixels / 1e6:.0f} million"
    what = f"has {count} pixels{size}; at most {MOST_PIXELS // 1_000_000} million are read"
    return UnusablePictureError(what, "Make it smaller: 4096 pixels a side are plenty.")


def _start(path: Path) -> bytes:
    """The first bytes; some that say nothing where it can no longer be read."""
    try:
        with open_regular(path, most=MOST_BYTES) as file:
            return file.read(64)
    except OSError:
        return b"?"

"""The folder of pictures on disk: its manifest, and pictures that must be whole to be opened."""

from __future__ import annotations

import hashlib
import io
import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path, PurePosixPath

from PIL import Image, ImageOps
from pydantic import ValidationError

from lora_eval.errors import PicturesError, Problem
from lora_eval.pictures.manifest import Manifest
from lora_wizard.atomic import atomic_write
from lora_wizard.files import read_regular
from lora_wizard.parsing import ParseError, parse_json

MANIFEST = "manifest.json"
FORMAT = 1
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
LARGEST_PIXELS = 64 << 20
"""A picture beyond this is refused: it would fill the memory."""
LARGEST_BYTES = 512 << 20
"""Of a picture's file."""
_LARGEST_MANIFEST = 256 << 20
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "BMP", "GIF", "TIFF")
"""What is opened, whatever a file is called; Pillow would start other programs for some others."""
_SHOWN = 8


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder of pictures.

    Raises:
        PicturesError: there is none, it cannot be understood, or it names files outside the
            folder.
    """
    path = folder / MANIFEST
    try:
        content = read_regular(path, most=_LARGEST_MANIFEST)
    except FileNotFoundError as error:
        fix = "Make pictures with `lora-eval run`, or judge other programs' with `lora-eval judge`"
        raise PicturesError("There is no manifest here", where=str(folder), fix=fix) from error
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise PicturesError(what, where=str(path)) from error
    fix = "Make the pictures again in another folder"
    try:
        values = parse_json(content)
    except ParseError as error:
        raise PicturesError(f"is damaged: {error}", where=str(path), fix=fix) from error
    version = values.get("format", FORMAT) if isinstance(values, dict) else FORMAT
    if isinstance(version, int) and version > FORMAT:
        what = f"is format {version}, from a newer lora-eval; this one reads {FORMAT}"
        raise PicturesError(what, where=str(path), fix="Update: pip install -U lora-wizard")
    try:
        manifest = Manifest.model_validate(values)
    except ValidationError as error:
        problems = [
            Problem(".".join(map(str, detail["loc"])), detail["msg"].lower(), "")
            for detail in error.errors()[:_SHOWN]
        ]
        raise PicturesError("is damaged", where=str(path), fix=fix, problems=problems) from error
    _refuse_outside(folder, manifest)
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest, whole or not at all; equal manifests give equal bytes.

    Raises:
        PicturesError: the folder cannot be written to, or a name in the manifest is not UTF-8.
    """
    text = json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n"
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        line = text[: error.start].count("\n")
        what = f"cannot be written: this is not UTF-8: {text.splitlines()[line].strip()}"
        fix = "Rename the file or folder, or type the word again"
        raise PicturesError(what, where=str(folder / MANIFEST), fix=fix) from error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        atomic_write(folder / MANIFEST, content)
    except OSError as error:
        reason = error.strerror or str(error)
        fix = "Choose another folder by --out, or make room"
        raise PicturesError(f"cannot be written: {reason}", where=str(folder), fix=fix) from error


def leads_outside(folder: Path, file: str) -> str:
    """Why a picture's file is not inside its folder; empty where it is.

    Args:
        folder: The folder of pictures.
        file: Relative to it, with `/`. It need not exist.
    """
    path = PurePosixPath(file)
    if not path.parts or "\0" in file:
        return "is not the name of a file"
    if path.is_absolute():
        return "is an absolute path"
    if ".." in path.parts:
        return "leads out of the folder"
    inside = os.path.realpath(folder)
    found = os.path.realpath(os.path.join(inside, file))
    return "" if os.path.commonpath([inside, found]) == inside else "is a link out of the folder"


def open_picture(path: Path) -> Image.Image:
    """A picture as RGB or RGBA, read to its last byte, turned as its EXIF says.

    Raises:
        PicturesError: it is not there, cut off, damaged, too large or no picture.
    """
    try:
        with opened(path) as image:
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            mode = "RGBA" if image.has_transparency_data else "RGB"
            # No copy where none is needed: the largest pictures fill a quarter of a gigabyte.
            return image if image.mode == mode else image.convert(mode)
    except PicturesError:
        raise
    except Exception as error:  # Pillow's plugins raise whatever their formats make them raise
        what = f"cannot be read as a picture ({error})"
        fix = "Make it again; the others are judged without it"
        raise PicturesError(what, where=str(path), fix=fix) from error


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """A picture whose pixels are not read yet, of a size that memory can hold.

    Raises:
        PicturesError: it is not a regular file, not there, or too large.
        Exception: whatever Pillow raises for what is no picture.
    """
    stream = io.BytesIO(read_bytes(path))
    with warnings.catch_warnings():
        # Its own limit is beside ours, and its warning would show lines of code.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(stream, formats=_formats())
        except Image.DecompressionBombError as error:
            raise _too_large(path, "more than 178 megapixels") from error
    with image:
        if image.width * image.height > LARGEST_PIXELS:
            raise _too_large(path, f"{image.width}x{image.height}")
        yield image


def is_whole_png(path: Path) -> bool:
    """Whether a file ends as every PNG does; Pillow does not miss the very last bytes.

    Raises:
        PicturesError: it cannot be read.
    """
    return read_bytes(path).endswith(_PNG_END)


def read_bytes(path: Path) -> bytes:
    """A picture file's bytes.

    Raises:
        PicturesError: it is not there, not a regular file, too large, or may not be read.
    """
    try:
        return read_regular(path, most=LARGEST_BYTES)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise PicturesError(f"cannot be read: {reason}", where=str(path)) from error


@lru_cache(maxsize=1)
def _formats() -> tuple[str, ...]:
    """Those of `FORMATS` that this Pillow has; older ones have no AVIF."""
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)


def sha256_of(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _too_large(path: Path, size: str) -> PicturesError:
    return PicturesError(f"is too large ({size})", where=str(path), fix="Make it smaller")


def _refuse_outside(folder: Path, manifest: Manifest) -> None:
    found = ((each.file, leads_outside(folder, each.file)) for each in manifest.pictures)
    problems = [Problem(file, why, "") for file, why in found if why]
    if problems:
        more = [Problem("", f"and {len(problems) - _SHOWN} more", "")] * (len(problems) > _SHOWN)
        raise PicturesError(
            "names files outside its folder, which are never read",
            where=str(folder / MANIFEST),
            fix="Put the pictures there; delete manifest.json to have it written again",
            problems=[*problems[:_SHOWN], *more],
        )

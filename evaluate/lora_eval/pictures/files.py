"""The folder of pictures on disk: its manifest, and pictures that must be whole to be opened."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

from PIL import Image, ImageOps
from pydantic import ValidationError

from lora_eval.errors import PicturesError, Problem
from lora_eval.pictures.manifest import Manifest
from lora_wizard.atomic import atomic_write

MANIFEST = "manifest.json"
FORMAT = 1
_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
LARGEST_PIXELS = 64 << 20
"""A picture beyond this is refused: it would fill the memory."""


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder of pictures.

    Raises:
        PicturesError: there is none, or it cannot be understood.
    """
    path = folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        fix = "Make pictures with `lora-eval run`, or judge other programs' with `lora-eval judge`"
        raise PicturesError("There is no manifest here", where=str(folder), fix=fix) from error
    except (OSError, UnicodeDecodeError) as error:
        raise PicturesError(f"cannot be read: {error}", where=str(path)) from error
    _refuse_newer(text, path)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        problems = [
            Problem(".".join(map(str, detail["loc"])), detail["msg"].lower(), "")
            for detail in error.errors()[:8]
        ]
        fix = "Make the pictures again in another folder"
        raise PicturesError("is damaged", where=str(path), fix=fix, problems=problems) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest, whole or not at all; equal manifests give equal bytes.

    Raises:
        PicturesError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1)
        atomic_write(folder / MANIFEST, text + "\n")
    except OSError as error:
        reason = error.strerror or str(error)
        fix = "Choose another folder by --out, or make room"
        raise PicturesError(f"cannot be written: {reason}", where=str(folder), fix=fix) from error


def open_picture(path: Path) -> Image.Image:
    """A picture as RGB or RGBA, read to its last byte, turned as its EXIF says.

    Raises:
        PicturesError: it is not there, cut off, damaged, too large or no picture.
    """
    return decode_picture(read_bytes(path), path)


def decode_picture(content: bytes, path: Path) -> Image.Image:
    """The same from bytes; `path` only names it in errors."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > LARGEST_PIXELS:
                what = f"is too large ({image.width}x{image.height})"
                raise PicturesError(what, where=str(path), fix="Make it smaller")
            image.load()
            upright = ImageOps.exif_transpose(image)
            return upright.convert("RGBA" if image.has_transparency_data else "RGB")
    except PicturesError:
        raise
    except Exception as error:  # Pillow's plugins raise whatever their formats make them raise
        what = f"cannot be read as a picture ({error})"
        fix = "Make it again; the others are judged without it"
        raise PicturesError(what, where=str(path), fix=fix) from error


def is_whole_png(path: Path) -> bool:
    """Whether a file ends as every PNG does; Pillow does not miss the very last bytes.

    Raises:
        PicturesError: it cannot be read.
    """
    return read_bytes(path).endswith(_PNG_END)


def read_bytes(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        PicturesError: it is not there or may not be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PicturesError(
            f"cannot be read: {error.strerror or error}", where=str(path)
        ) from error


def sha256_of(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _refuse_newer(text: str, path: Path) -> None:
    try:
        version = json.loads(text).get("format", FORMAT)
    except (ValueError, AttributeError) as error:
        fix = "Make the pictures again in another folder"
        raise PicturesError(f"is damaged ({error})", where=str(path), fix=fix) from error
    if isinstance(version, int) and version > FORMAT:
        what = f"is format {version}, from a newer lora-eval; this one reads {FORMAT}"
        raise PicturesError(what, where=str(path), fix="Update: pip install -U lora-wizard")

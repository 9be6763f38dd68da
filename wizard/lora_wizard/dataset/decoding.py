"""Opening pictures of any kind as plain upright RGB or RGBA.

The one place that knows about palettes, 16-bit greys, CMYK and EXIF rotation. It refuses damaged
files: a picture cut short raises, it is never filled up with grey.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from lora_wizard.errors import DatasetError, Problem

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation; 1 and unknown values need nothing."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a scan learns from decoding a picture once."""

    width: int
    """Pixels of the upright picture."""
    height: int
    """Pixels of the upright picture."""
    has_alpha: bool
    """Whether some pixel is not fully opaque."""


def inspect_picture(path: Path) -> Inspection | Problem:
    """Decode the whole file and say what it holds, or what is wrong with it."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            # JPEG alone takes this hint: it still reads the whole file, but in a third of the time.
            image.draft(None, (max(1, width // 8), max(1, height // 8)))
            image.load()
            if _orientation(image) in (5, 6, 7, 8):
                width, height = height, width
            return Inspection(width, height, _is_transparent(image))
    except Exception as error:  # damaged files make Pillow raise nearly anything
        return _unreadable(path, error)


def open_upright(path: Path) -> Image.Image:
    """The decoded picture, EXIF rotation applied, as `RGBA` where it has alpha, else `RGB`.

    Raises:
        DatasetError: the file is missing, damaged or no picture.
    """
    try:
        with Image.open(path) as image:
            image.load()
            turn = _UPRIGHT.get(_orientation(image))
            plain = _plain(image)
    except Exception as error:  # as above
        problem = _unreadable(path, error)
        raise DatasetError(problem.what, where=problem.where, fix=problem.fix) from error
    return plain.transpose(turn) if turn is not None else plain


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where there is none or the EXIF data is damaged."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # broken EXIF is common, and the pixels are fine
        return 1


def _plain(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        return _eight_bit_grey(image)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _eight_bit_grey(image: Image.Image) -> Image.Image:
    """A 16-bit grey picture in 8 bits; Pillow's own conversion turns nearly all of it white."""
    values = np.asarray(image).astype(np.int64)
    grey = Image.fromarray((np.clip(values, 0, 65535) / 257 + 0.5).astype(np.uint8))
    transparent_grey = image.info.get("transparency")
    if not isinstance(transparent_grey, int):
        return grey.convert("RGB")
    alpha = Image.fromarray(np.where(values == transparent_grey, 0, 255).astype(np.uint8))
    plain = grey.convert("RGBA")
    plain.putalpha(alpha)
    return plain


def _is_transparent(image: Image.Image) -> bool:
    if not image.has_transparency_data:
        return False
    plain = image if "A" in image.getbands() else _plain(image)
    lowest, _ = plain.getchannel("A").getextrema()
    return isinstance(lowest, int) and lowest < 255


def _unreadable(path: Path, error: Exception) -> Problem:
    fix = "Save it again from an image editor, or move it out of the folder."
    if path.is_symlink() and not path.exists():
        return Problem(str(path), "is a link to a file that is not there", "Remove the link.")
    if isinstance(error, OSError) and error.errno is not None:
        return Problem(str(path), f"cannot be opened: {error.strerror}", "Check its permissions.")
    if path.stat().st_size == 0:
        return Problem(str(path), "is empty (0 bytes)", "Copy it again, or remove it.")
    if isinstance(error, UnidentifiedImageError):
        return Problem(str(path), "is no picture of a known kind, or its start is damaged", fix)
    if isinstance(error, Image.DecompressionBombError):
        return Problem(str(path), "has too many pixels", "Make it smaller in an image editor.")
    reason = str(error) or type(error).__name__
    return Problem(str(path), f"is damaged or cut short ({reason})", fix)

"""Opening pictures of any kind as plain upright RGB or RGBA.

The one place that knows about palettes, 16-bit greys, CMYK and EXIF rotation. It refuses damaged
files: a picture cut short raises, it is never filled up with grey. Of a file with several frames
or pages the first is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from lora_wizard.dataset.opening import UnusablePictureError, opened, problem_of
from lora_wizard.dataset.room import ROOM
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
_SIDEWAYS = (5, 6, 7, 8)
_WHOLE = 16_000_000
"""Pixels up to which a picture is looked at in full; a bigger one is made smaller first."""
_SMALL_SIDE = 1024
"""Shorter side of a bigger one then, in pixels, or up to twice that."""
_STRIP_PIXELS = 1_000_000
_NO_COLOURS = frozenset({"F", "LAB"})
"""Modes that Pillow cannot turn into colours."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a scan learns from decoding a picture once."""

    width: int
    """Pixels of the upright picture."""
    height: int
    """Pixels of the upright picture."""
    has_alpha: bool
    """Whether some pixel is not fully opaque."""
    has_frames: bool = False
    """Whether the file holds more frames or pages than the first, which is the one used."""


@dataclass(frozen=True, slots=True)
class Glance:
    """A picture to look at, made smaller where it is very big."""

    image: Image.Image
    """Upright, `RGBA` or `RGB`."""
    inspection: Inspection
    """Of the picture in its full size."""


def inspect_picture(path: Path) -> Inspection | Problem:
    """Decode the whole file and say what it holds, or what is wrong with it."""

    def inspect(image: Image.Image) -> Inspection:
        size = image.size
        # JPEG alone takes this hint: it still reads the whole file, but in a third of the time.
        image.draft(None, (max(1, size[0] // 8), max(1, size[1] // 8)))
        image.load()
        return _inspection(image, size)

    return _with_opened(path, inspect)


def glance_at(path: Path) -> Glance | Problem:
    """The picture to look at, with what a scan learns of it, or what is wrong with it."""

    def look(image: Image.Image) -> Glance:
        size = image.size
        if size[0] * size[1] > _WHOLE:
            side = min(_SMALL_SIDE, *size)
            image.draft(None, (side, side))
        image.load()
        turn = _UPRIGHT.get(_orientation(image))
        found = _inspection(image, size)
        plain = _plain(image) if image.width * image.height <= _WHOLE else _reduced(image)
        return Glance(plain.transpose(turn) if turn is not None else plain, found)

    return _with_opened(path, look)


def open_upright(path: Path) -> Image.Image:
    """The decoded picture, EXIF rotation applied, as `RGBA` where it has alpha, else `RGB`.

    Raises:
        DatasetError: the file is missing, damaged, too big or no picture.
    """
    try:
        with opened(path) as image:
            image.load()
            turn = _UPRIGHT.get(_orientation(image))
            plain = _plain(image)
    except Exception as error:  # damaged files make Pillow raise nearly anything
        problem = problem_of(path, error)
        raise DatasetError(problem.what, where=problem.where, fix=problem.fix) from error
    return plain.transpose(turn) if turn is not None else plain


def strips(image: Image.Image, multiple: int = 1) -> Iterator[tuple[int, Image.Image]]:
    """The picture from top to bottom in strips of whole rows, each with its top row's number.

    Working on one strip after another keeps no second copy of a big picture in memory.

    Args:
        multiple: the height of every strip but the last is a multiple of this.
    """
    rows = max(1, _STRIP_PIXELS // (image.width * multiple)) * multiple
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(image.height, top + rows)))


def _with_opened(path: Path, work: Callable[[Image.Image], Result]) -> Result | Problem:
    try:
        with opened(path) as image, ROOM.taken(image.width * image.height):
            return work(image)
    except Exception as error:  # as above
        return problem_of(path, error)


def _inspection(image: Image.Image, size: tuple[int, int]) -> Inspection:
    _check_mode(image)
    width, height = size[::-1] if _orientation(image) in _SIDEWAYS else size
    return Inspection(width, height, _is_transparent(image), _has_frames(image))


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where there is none or the EXIF data is damaged."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # broken EXIF is common, and the pixels are fine
        return 1


def _has_frames(image: Image.Image) -> bool:
    """Of a JPEG, further pictures are its own in other sizes, as phones write them."""
    try:
        return image.format != "MPO" and bool(getattr(image, "is_animated", False))
    except Exception:  # a damaged second frame does no harm to the first
        return True


def _check_mode(image: Image.Image) -> None:
    if image.mode in _NO_COLOURS:
        what = f"has pixels of a kind that is not read ({image.mode})"
        raise UnusablePictureError(what, "Save it as PNG with 8 bits a channel.")


def _plain(image: Image.Image) -> Image.Image:
    _check_mode(image)
    if not image.mode.startswith("I"):
        return image.convert(_plain_mode(image))
    plain = Image.new(_plain_mode(image), image.size)
    for top, strip in strips(image):
        plain.paste(_plain_strip(strip), (0, top))
    return plain


def _plain_mode(image: Image.Image) -> str:
    if image.mode.startswith("I"):
        return "RGBA" if isinstance(image.info.get("transparency"), int) else "RGB"
    return "RGBA" if image.has_transparency_data else "RGB"


def _plain_strip(strip: Image.Image) -> Image.Image:
    if strip.mode.startswith("I"):
        return _eight_bit_grey(strip)
    return strip.convert(_plain_mode(strip))


def _reduced(image: Image.Image) -> Image.Image:
    """The plain picture, each pixel the mean of a square of pixels; alpha weighs its colours."""
    factor = max(1, min(image.size) // _SMALL_SIDE)
    mode = _plain_mode(image)
    small = Image.new(mode, (-(-image.width // factor), -(-image.height // factor)))
    for top, strip in strips(image, factor):
        plain = _plain_strip(strip)
        if mode == "RGBA":
            part = plain.convert("RGBa").reduce(factor).convert("RGBA")
        else:
            part = plain.reduce(factor)
        small.paste(part, (0, top // factor))
    return small


def _eight_bit_grey(image: Image.Image) -> Image.Image:
    """A 16-bit grey picture in 8 bits; Pillow's own conversion turns nearly all of it white."""
    import numpy as np

    values = np.asarray(image).astype(np.int32)
    grey = Image.fromarray(((2 * np.clip(values, 0, 65535) + 257) // 514).astype(np.uint8))
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
    for _, strip in strips(image):
        plain = strip if "A" in strip.getbands() else _plain_strip(strip)
        if "A" not in plain.getbands():
            return False
        lowest, _ = plain.getchannel("A").getextrema()
        if isinstance(lowest, int) and lowest < 255:
            return True
    return False

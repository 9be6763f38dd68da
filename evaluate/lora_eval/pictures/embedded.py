"""The texts inside a picture file, by the names that programs give them."""

from __future__ import annotations

from collections.abc import Mapping

from PIL import PngImagePlugin
from PIL.Image import Image

from lora_eval.pictures.user_comment import comment_text, utf16_text

PARAMETERS = "parameters"
"""Where A1111 and its kin write in PNG."""
USER_COMMENT = "UserComment"
"""The same in JPEG, WebP and AVIF."""
_EXIF, _USER_COMMENT, _XP_COMMENT = 0x8769, 0x9286, 0x9C9C
_FURTHER_TAGS = {0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model", 0x0131: "Software"}
"""ComfyUI writes graphs in WebP into the fields for a camera's maker and model."""
_NOT_TEXT = frozenset({"icc_profile", "exif", "xmp", "dpi", "transparency"})
LONGEST = 1_000_000
"""Characters; a longer text is not read."""


def texts_of(image: Image) -> dict[str, str]:
    """The texts in a picture that was opened: PNG's by their keys, EXIF's by their tags' names.

    Empty texts and those longer than a million characters are left out.
    """
    found = _of_info(image.info)
    if not found and isinstance(image, PngImagePlugin.PngImageFile):
        image.load()  # its texts may also stand behind the pixels
        found = _of_info(image.info)
    both = [*found.items(), *_of_exif(image).items()]
    return {key: text for key, text in both if text.strip() and len(text) <= LONGEST}


def text_of(image: Image) -> str:
    """The text that A1111 and its kin write: of PNG's `parameters`, or of EXIF's user comment.

    Empty where there is none.
    """
    texts = texts_of(image)
    return texts.get(PARAMETERS) or texts.get(USER_COMMENT, "")


def _of_info(info: Mapping[str | tuple[int, int], object]) -> dict[str, str]:
    found = {}
    for key, value in info.items():
        if not isinstance(key, str) or key in _NOT_TEXT:
            continue
        if isinstance(value, str):
            found[key] = comment_text(value) if _is_latin_utf8(value) else value
        elif isinstance(value, bytes) and key == "comment":  # of JPEG and GIF
            found[key] = comment_text(value)
    return found


def _is_latin_utf8(text: str) -> bool:
    """Whether a text is UTF-8 that was read as Latin-1, as in PNG's `tEXt` of some programs."""
    if text.isascii():
        return False
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True


def _of_exif(image: Image) -> dict[str, str]:
    exif = image.getexif()
    inner = exif.get_ifd(_EXIF)
    found = {USER_COMMENT: comment_text(inner.get(_USER_COMMENT) or exif.get(_USER_COMMENT))}
    found["XPComment"] = utf16_text(exif.get(_XP_COMMENT))
    for tag, name in _FURTHER_TAGS.items():
        found[name] = comment_text(exif.get(tag))
    return found

"""EXIF's user comment as text: its mark, byte order and encoding differ from program to program.

The standard puts a mark of eight bytes before the text, such as `UNICODE` and a zero, and leaves
the byte order of UTF-16 open. Programs write either order, with a byte-order mark or without, or
UTF-8 behind the mark, or no mark at all.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator

_MARK = 8
_MARKS = (b"unicode", b"ascii", b"jis", b"")
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_SAMPLE = 4096
"""Bytes that are looked at to tell the byte order."""


def comment_text(value: object) -> str:
    """The text of a user comment as Pillow gives it: bytes, numbers of bytes, or a text.

    Empty where it is none of these. Any bytes give some text.
    """
    if isinstance(value, str):
        try:  # Pillow reads a field of the type ASCII as Latin-1
            value = value.encode("latin-1")
        except UnicodeEncodeError:
            return _clean(str(value))
    if isinstance(value, tuple) and all(
        isinstance(each, int) and 0 <= each < 256 for each in value
    ):
        value = bytes(value)
    if not isinstance(value, bytes):
        return ""
    mark, body = _divided(value)
    for start, encoding in _BYTE_ORDER_MARKS.items():
        if body.startswith(start):
            return _clean(body[len(start) :].decode(encoding, errors="replace"))
    return _clean(body.decode(_encoding(mark, body), errors="replace"))


def utf16_text(value: object) -> str:
    """The text of a field of Windows (`XPComment`): UTF-16 with the low byte first."""
    if isinstance(value, tuple) and all(
        isinstance(each, int) and 0 <= each < 256 for each in value
    ):
        value = bytes(value)
    return _clean(value.decode("utf-16-le", errors="replace")) if isinstance(value, bytes) else ""


def _divided(value: bytes) -> tuple[bytes, bytes]:
    """The mark in small letters without zeros, and what follows it; an empty mark for none."""
    mark = value[:_MARK].rstrip(b"\0 ").lower()
    if len(value) >= _MARK and mark in _MARKS:
        return mark, value[_MARK:]
    return b"", value


def _encoding(mark: bytes, body: bytes) -> str:
    if mark == b"jis" and b"\x1b" in body:
        return "iso2022_jp"
    if mark == b"jis":
        return next(_that_decode(body, "utf-8", "shift_jis"), "utf-8")
    body = body.rstrip(b"\0") if mark != b"unicode" else body
    sample = body[:_SAMPLE]
    if b"\0" not in sample:
        # UTF-16 without a zero has no letter of ASCII and no line end: hardly a prompt.
        is_utf8 = next(_that_decode(body.rstrip(b"\0"), "utf-8"), None)
        if is_utf8 or mark != b"unicode":
            return is_utf8 or "latin-1"
    if sample[::2].count(0) != sample[1::2].count(0):
        return "utf-16-be" if sample[::2].count(0) > sample[1::2].count(0) else "utf-16-le"
    return max(("utf-16-be", "utf-16-le"), key=lambda name: _likely(sample, name))


def _that_decode(body: bytes, *encodings: str) -> Iterator[str]:
    for encoding in encodings:
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        yield encoding


def _likely(sample: bytes, encoding: str) -> int:
    """How many characters are of kinds that prompts have: ASCII, Latin, kana, common kanji."""
    text = sample.decode(encoding, errors="replace")
    common = sum(letter < "\u0250" or "\u3000" <= letter < "\u3100" for letter in text)
    return 4 * common + sum("\u4e00" <= letter < "\u9fa0" for letter in text)


def _clean(text: str) -> str:
    """Without zeros and marks at the ends, and without halves of surrogate pairs."""
    whole = text.encode("utf-8", errors="replace").decode("utf-8")
    return whole.strip("\0\ufeff")

"""The one reader of JSON and the one reader of TOML, for files that anybody may have written.

Nothing that a file holds raises anything but `ParseError`: no depth, no number of thousands of
digits, no infinity, no half of a surrogate pair reaches the code behind it.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable
from typing import Any

__all__ = ["ParseError", "finite_number", "parse_json", "parse_toml", "whole_number"]

MOST_DEPTH = 64
"""Of objects and arrays in each other. Settings, headers, ComfyUI's graphs have fewer than 20."""

MOST_DIGITS = 30
"""Of a whole number. Seeds and offsets of 64 bits have 20."""

_MOST = 10**MOST_DIGITS

_TOO_DEEP = f"objects and arrays are nested more than {MOST_DEPTH} deep"

# tomllib's time grows with the square of the parts of a dotted key.
_LONG_KEY = re.compile(rf"""(?<![\w"'.-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{MOST_DEPTH + 1}}}""")

_MANY_DIGITS = re.compile(rf"[0-9]{{{MOST_DIGITS + 1},}}")

_HALF_PAIR = re.compile("[\ud800-\udfff]")


class ParseError(ValueError):
    """A text is not JSON or TOML that can be used. Its words name no file."""


def parse_json(text: str | bytes, *, nan: bool = False) -> Any:
    """The value that a JSON text holds. Halves of surrogate pairs in it become U+FFFD.

    Args:
        text: The text; bytes are UTF-8, with a byte-order mark or without.
        nan: Whether NaN and infinities (Python's extension of JSON) are allowed.

    Raises:
        ParseError: It is not JSON, or holds what nothing here can use.
    """
    if isinstance(text, bytes):
        text = _decoded(text)
    text = text.removeprefix("\ufeff")
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ParseError(_TOO_DEEP) from error
    except json.JSONDecodeError as error:
        raise ParseError(
            f"it is not JSON: {error.msg[:1].lower()}{error.msg[1:]} in line {error.lineno}, "
            f"column {error.colno}"
        ) from error
    except ValueError as error:  # Python's own limit of digits
        raise ParseError(_digits_words(text)) from error
    _check(value, nan=nan)
    return _without_half_pairs(value) if _has_half_pairs(text) else value


def parse_toml(text: str | bytes) -> dict[str, Any]:
    """The table that a TOML text holds.

    Args:
        text: The text; bytes are UTF-8, with a byte-order mark or without.

    Raises:
        ParseError: It is not TOML, or holds what nothing here can use.
    """
    if isinstance(text, bytes):
        text = _decoded(text)
    text = text.removeprefix("\ufeff")
    if _LONG_KEY.search(text):
        raise ParseError(f"a key has more than {MOST_DEPTH} parts")
    try:
        table = tomllib.loads(text)
    except RecursionError as error:
        raise ParseError(_TOO_DEEP) from error
    except tomllib.TOMLDecodeError as error:
        words = str(error)
        raise ParseError(f"it is not TOML: {words[:1].lower()}{words[1:]}") from error
    except ValueError as error:  # Python's own limit of digits
        raise ParseError(_digits_words(text)) from error
    _check(table, nan=True)
    return table


def whole_number(value: object, *, least: int | None = None, most: int | None = None) -> int | None:
    """`value` where it is a whole number in the range (3.0 counts, true does not), else None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    below = least is not None and value < least
    above = most is not None and value > most
    return None if below or above else value


def finite_number(value: object) -> float | None:
    """`value` as a float where it is a finite number (true is none), else None."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"it is not text in UTF-8: byte {error.start}") from error


def _digits_words(text: str = "") -> str:
    """Says that a number is too long, and how long where its text is at hand."""
    longest = max(map(len, _MANY_DIGITS.findall(text)), default=0)
    many = f"{longest:,}" if longest else f"more than {MOST_DIGITS}"
    return f"a number has {many} digits"


def _check(value: object, *, nan: bool) -> None:
    """Refuses depth and numbers; works level by level, so that no depth ends it."""
    level: list[Any] = [[value]]  # containers, each in one more than those of the level before
    for _ in range(MOST_DEPTH + 1):
        below: list[Any] = []
        for container in level:
            for item in container.values() if isinstance(container, dict) else container:
                if isinstance(item, dict | list):
                    below.append(item)
                elif isinstance(item, int):
                    if not -_MOST < item < _MOST:
                        raise ParseError(_digits_words())
                elif not nan and isinstance(item, float) and not math.isfinite(item):
                    raise ParseError("a number is too large, infinite or NaN")
        if not below:
            return
        level = below
    raise ParseError(_TOO_DEEP)


def _has_half_pairs(text: str) -> bool:
    if "\\ud" in text or "\\uD" in text:
        return True
    return not text.isascii() and _HALF_PAIR.search(text) is not None


def _without_half_pairs(value: Any) -> Any:
    mended: Callable[[Any], Any] = _without_half_pairs  # no deeper than MOST_DEPTH
    if isinstance(value, str):
        return _HALF_PAIR.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [mended(item) for item in value]
    if isinstance(value, dict):
        return {mended(name): mended(item) for name, item in value.items()}
    return value

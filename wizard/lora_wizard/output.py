"""The gate for everything that is printed: no text from a file steers a terminal.

Names, captions, metadata and settings come from other people. Written as they are, an escape
sequence in them clears the screen, renames the window or hides text; a bidirectional override
shows a file name backwards. `echo` and `lora_wizard.consoles` let such characters through as
visible escapes only.
"""

from __future__ import annotations

import codecs
import json
import math
import re
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["echo", "json_text", "prepare_streams", "printable", "printable_lines", "steering"]

# The categories Cc, Cf, Cs, Zl and Zp of Unicode without U+200C and U+200D (scripts and emoji
# need those joiners, and they move nothing). Written out: asking for each character's category
# costs a quarter of a second.
steering = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890-\u0891\u08e2\u180e\u200b"
    "\u200e-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001\U000e0020-\U000e007f"
    "]"
)
"""One character that steers a terminal or reorders its text, the newline included."""


def printable(text: object) -> str:
    """`text` on one line, with every steering character as a visible escape.

    `\\x1b` stands for escape, `\\n` for a newline, `\\u202e` for an override; a byte of a file name
    that is not UTF-8 (Python's surrogateescape) is shown as that byte, such as `\\xe3`.
    """
    return steering.sub(_escaped, str(text))


def printable_lines(text: object) -> str:
    """As `printable`, with newlines and tabs kept."""
    return steering.sub(lambda match: _escaped(match, kept="\n\t"), str(text))


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Prints `text` through the gate. The replacement for `print` and `click.echo`.

    Args:
        text: What to print; it may have several lines.
        err: To stderr in place of stdout.
        nl: Whether a newline follows.
    """
    import click

    click.echo(printable_lines(text), err=err, nl=nl)


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON for stdout: every character outside printable ASCII is escaped.

    Numbers that are not finite become null: JSON has none.
    """
    return json.dumps(_finite(value), indent=indent, ensure_ascii=True, allow_nan=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(item) for name, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list | tuple) else value


def prepare_streams() -> None:
    """Lets stdout and stderr print any text, whatever the locale's encoding can hold.

    A character that the encoding lacks (Japanese in ISO-8859-1) is printed as an ASCII likeness
    where there is one, otherwise as its escape.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a replaced stream may be no TextIOWrapper
            reconfigure(errors=_REPLACING)


_REPLACING = "lora_wizard.likeness"

_LIKENESSES = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u2022": "*",
        "\u00b7": "*",
        "\u00d7": "x",
        "\u2192": "->",
        "\u2190": "<-",
        "\u2212": "-",
        "\u00b1": "+/-",
        "\u2500": "-",
        "\u2501": "-",
        "\u2502": "|",
        "\u2588": "#",
        "\u2713": "v",
        "\u2717": "x",
        "\ufffd": "?",
    }
)


def _likeness(error: UnicodeError) -> tuple[str, int]:
    """What is written in place of characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    words = printable(lacking.translate(_LIKENESSES))
    return words.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error(_REPLACING, _likeness)


def _escaped(match: re.Match[str], kept: str = "") -> str:
    letter = match.group()
    code = ord(letter)
    if letter in kept:
        return letter
    if letter in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[letter]
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

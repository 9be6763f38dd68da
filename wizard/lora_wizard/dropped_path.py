"""A path as terminals type it when a file is dropped on them, or as it was copied from elsewhere.

`'/path/my pics'` in quotes, `/path/my\\ pics` with backslashes, `$'/path/caf\\303\\251'`, and
`file:///path/my%20pics`, each with a blank or line end behind it or without.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
from collections.abc import Callable, Iterator
from urllib.parse import unquote_to_bytes

__all__ = ["dropped_path"]

_ADDRESS = re.compile(r"file:(?://([^/]*))?(/.*)", re.IGNORECASE | re.DOTALL)
_ANSI_QUOTED = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"e": b"\x1b"}


def dropped_path(typed: str, exists: Callable[[str], bool] = os.path.lexists) -> str:
    """The path that was meant.

    What is there as it is typed is taken as it is typed: a name may hold quotes and backslashes.
    Otherwise the first reading that is there counts, else the most likely one.

    Args:
        typed: What stands in the field.
        exists: Whether something is at a path; `~` stands for the home folder before it is asked.

    Returns:
        The path, `~` and relative paths as they are; empty for nothing but blanks.
    """
    bare = typed.strip()
    readings = list(dict.fromkeys([*(each for each in (typed, bare) if each.strip()),
                                   *_readings(bare)]))  # fmt: skip
    there = (each for each in readings if _is_there(each, exists))
    return next(there, readings[-1] if readings else "")


def _is_there(path: str, exists: Callable[[str], bool]) -> bool:
    try:
        return exists(os.path.expanduser(path))
    except ValueError:  # a zero
        return False


def _readings(bare: str) -> Iterator[str]:
    """What a text may mean, the most likely one last."""
    word = _unquoted(bare)
    if word is not None and word.strip():
        yield word
    address = _ADDRESS.fullmatch((word or bare).strip())
    if address and (address[1] or "").lower() in ("", "localhost", socket.gethostname().lower()):
        yield os.fsdecode(unquote_to_bytes(address[2].encode("utf-8", "surrogateescape")))


def _unquoted(bare: str) -> str | None:
    """The one word that a shell would read; None where it would read none or several."""
    if match := _ANSI_QUOTED.fullmatch(bare):
        content = match[1].encode("utf-8", "surrogateescape")
        return os.fsdecode(_ESCAPE.sub(_unescaped, content))
    try:
        words = shlex.split(bare)
    except ValueError:  # a quote or backslash that is not closed is a letter of the name
        return None
    return words[0] if len(words) == 1 else None


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 16)])
    if match[2]:
        return bytes([int(match[2], 8) & 0xFF])
    return _LETTERS.get(match[3], match[3])

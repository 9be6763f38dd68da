"""Counting and listing in the notes and errors of a scan."""

from __future__ import annotations

from collections.abc import Sequence

NAMES_SHOWN = 5


def counted(number: int, noun: str) -> str:
    """`1 picture`, `3 pictures`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Sequence[str], limit: int = NAMES_SHOWN) -> str:
    """The first `limit` names, then how many more there are: `a.png, b.png and 3 more`."""
    shown = ", ".join(names[:limit])
    hidden = len(names) - limit
    return f"{shown} and {hidden} more" if hidden > 0 else shown

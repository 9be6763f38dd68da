"""Completes a path as it is typed, from the disk."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from textual.suggester import Suggester

__all__ = ["PathSuggester", "complete_path"]

_MOST_ENTRIES = 5000
"""Of one folder: a huge one is not worth the wait at each letter."""


class PathSuggester(Suggester):
    """Offers the rest of a path; the right arrow takes it.

    Args:
        folders_only: Whether only folders are offered.
        also: Words that are offered besides paths, such as `paperdoll`.
    """

    def __init__(self, *, folders_only: bool = False, also: Iterable[str] = ()) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._folders_only = folders_only
        self._also = tuple(also)

    async def get_suggestion(self, value: str) -> str | None:
        """The whole path that begins so; None where there is none."""
        for word in self._also:
            if value and word.startswith(value):
                return word
        return complete_path(value, folders_only=self._folders_only)


def complete_path(typed: str, *, folders_only: bool = False) -> str | None:
    """The first entry of the disk whose path begins as typed; folders end in `/`.

    Hidden entries are offered only where their dot is typed. `~` stays as it is typed.
    """
    if not typed:
        return None
    head, slash, start = typed.rpartition("/")
    folder = Path(os.path.expanduser(head + slash)) if slash else Path()
    if typed == "~":
        return "~/"
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                (entry.name, entry.is_dir())
                for _, entry in zip(range(_MOST_ENTRIES), entries, strict=False)
                if entry.name.startswith(start) and (start or not entry.name.startswith("."))
            )
    except OSError:
        return None
    for name, is_folder in found:
        if is_folder or not folders_only:
            return f"{head}{slash}{name}{'/' if is_folder else ''}"
    return None

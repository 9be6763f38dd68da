"""The same work on many pictures, as many at once as there are cores: Pillow lets threads run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Told how many are done, and of how many."""


def with_each(
    work: Callable[[Path], Result], paths: Sequence[Path], progress: Progress | None
) -> list[Result]:
    """What `work` returns for each path, in their order."""
    found: list[Result] = []
    with ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1)) as pool:
        for result in pool.map(work, paths):
            found.append(result)
            if progress is not None:
                progress(len(found), len(paths))
    return found

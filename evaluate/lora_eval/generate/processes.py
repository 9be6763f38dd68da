"""Which part of the pictures this process makes, when `accelerate launch` started several.

The processes never talk to each other: each makes its share of the files, so hosts that share
the folder need nothing else. `RANK` and `WORLD_SIZE` are what every launcher of torch sets.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lora_eval.errors import PicturesError
from lora_eval.pictures.files import MANIFEST

Item = TypeVar("Item")
PATIENCE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Process:
    """One of `count` processes; number 0 is the main one."""

    number: int = 0
    count: int = 1

    @property
    def is_main(self) -> bool:
        return self.number == 0

    def share(self, items: Sequence[Item]) -> list[Item]:
        """Every `count`-th item: each exactly once over all processes."""
        return list(items[self.number :: self.count])


def this_process(environment: Mapping[str, str] = os.environ) -> Process:
    """By the launcher's variables; alone where there are none."""
    try:
        number, count = int(environment.get("RANK", "0")), int(environment.get("WORLD_SIZE", "1"))
    except ValueError:
        return Process()
    return Process(number, count) if 0 <= number < count else Process()


def wait_for(done: Callable[[], bool], folder: Path, what: str) -> None:
    """Looks every second until it is done.

    Raises:
        PicturesError: nothing happened within ten minutes.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > end:
            fix = "Start it again: what is finished is kept"
            raise PicturesError(f"{what} did not come", where=str(folder), fix=fix)
        time.sleep(1)


def begun(folder: Path) -> bool:
    """Whether the main process has written the manifest."""
    return (folder / MANIFEST).exists()

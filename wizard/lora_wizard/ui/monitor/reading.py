"""What the screen knows of a run: read piece by piece beside the screen. No textual here."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lora_wizard.errors import RunError
from lora_wizard.language import Language, text
from lora_wizard.progress import next_lines, trigger_of
from lora_wizard.queue import is_queued
from lora_wizard.runs import (
    FailureAdvice,
    Request,
    RunFolder,
    RunState,
    RunStatus,
    Sample,
    SummaryFold,
    console_tail,
    failure_advice,
    read_events,
    run_status,
)

__all__ = ["LookedAt", "RunReader", "newest_samples", "thumbnail"]

_STARTING_SECONDS = 90.0
"""How long after a start a trainer may be silent: torch loads slowly from a cold disk."""

_THUMBNAIL = 192
"""Pixels of a side: more than a terminal shows of one picture beside the chart."""

_LAST_LINES = 8


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A run at one moment."""

    status: RunStatus
    advice: FailureAdvice | None = None
    """Where it failed or was lost."""
    printed: str = ""
    """The last lines of the console."""
    is_starting: bool = False
    """Whether a trainer was launched that has not named itself yet."""
    asked: frozenset[Request] = frozenset()
    """What it was asked and has not seen yet."""
    trigger: str = ""
    """The word that calls what was trained; known at the end."""
    next_lines: tuple[str, ...] = ()
    """What to do with the LoRA; at the end."""
    is_queued: bool = False
    """Whether it waits in the queue of its folder of runs."""


class RunReader:
    """Reads a run's log from where it read last. For one thread at a time.

    Args:
        folder: The run.
        language: Of the words on a failure.
    """

    def __init__(self, folder: RunFolder, language: Language) -> None:
        self.folder = folder
        self._language: Language = language
        self._fold = SummaryFold()
        self._offset = 0
        self._seen: tuple[object, ...] | None = None

    def look(self) -> LookedAt | None:
        """The run as it is now; None where nothing is new since the last look.

        Raises:
            RunError: The log cannot be read.
        """
        if not self.folder.path.is_dir():
            gone = text("monitor.gone", self._language)
            raise RunError(gone, where=str(self.folder.path))
        files = tuple(_stamp(path) for path in self._watched)
        known = self._seen
        if known is not None and known[0] == files and known[1] not in _MOVING:
            return None
        if files[0][0] < self._offset:  # another run was made in this place
            self._fold, self._offset = SummaryFold(), 0
        events, self._offset = read_events(self.folder.events_path, self._offset)
        self._fold.add(events)
        status = run_status(self.folder, self._fold.summary())
        starting = status.state is RunState.CREATED and self._launched_lately(*files[2])
        asked = self._asked() if status.state is RunState.RUNNING else frozenset()
        queued = status.state is RunState.CREATED and is_queued(self.folder)
        seen = (files, status.state, starting, asked, queued)
        if seen == known and not events:
            return None
        self._seen = seen
        has_failed = status.state in (RunState.FAILED, RunState.LOST)
        advice = failure_advice(status, self._language) if has_failed else None
        printed = console_tail(self.folder, _LAST_LINES)
        is_over = status.state is RunState.FINISHED
        trigger = trigger_of(self.folder) if is_over else ""
        final = status.summary.finished
        ahead = next_lines(self.folder, final.path, self._language) if is_over and final else ()
        return LookedAt(status, advice, printed, starting, asked, trigger, ahead, queued)

    @property
    def _watched(self) -> tuple[Path, ...]:
        return (self.folder.events_path, self.folder.run_json, self.folder.console_path)

    def _asked(self) -> frozenset[Request]:
        try:
            names = set(os.listdir(self.folder.control))
        except OSError:
            return frozenset()
        return frozenset(request for request in Request if request.value in names)

    @staticmethod
    def _launched_lately(size: int, written_ns: int) -> bool:
        """Nothing of this run has begun. A trainer that printed something died of it, mostly."""
        return size == 0 and time.time() - written_ns / 1e9 < _STARTING_SECONDS


_MOVING = (RunState.RUNNING, RunState.CREATED)
"""States that may change although no file does."""


def newest_samples(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    """Those of the last round, in the order of its prompts."""
    return tuple(one for one in samples if one.step == samples[-1].step)


def thumbnail(path: Path, side: int = _THUMBNAIL) -> Image.Image | None:
    """A picture, at most so many pixels wide and high; None where it cannot be read."""
    try:
        with Image.open(path) as picture:
            picture.draft("RGB", (2 * side, 2 * side))
            picture.thumbnail((side, side))
            copied: Image.Image = picture.copy()
            return copied
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_size, found.st_mtime_ns)

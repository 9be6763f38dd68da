"""The event log: one writer, any number of readers, no coordination between them.

Every event is one `os.write` to a file opened for appending, so lines never mix and a kill leaves
at most one torn line, the last. Readers remember how far they read and ask again.
"""

import dataclasses
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lora_wizard.errors import RunError
from lora_wizard.files import open_unlinked
from lora_wizard.parsing import ParseError, parse_json
from lora_wizard.runs.disk import refused
from lora_wizard.runs.event_json import event_from_record, event_to_line
from lora_wizard.runs.events import (
    Checkpoint,
    Event,
    Failed,
    Finished,
    Stopped,
)

__all__ = ["LOG_FORMAT", "EventWriter", "open_log", "read_events"]

LOG_FORMAT = 1
"""Of the log as a whole, in its first line. New kinds and keys do not raise it."""

LARGEST_LOG = 32_000_000
"""Bytes; about 250,000 steps, which take two or three seconds to read."""

_FLUSHED = (Checkpoint, Failed, Finished, Stopped)
"""Events that must not be lost to a power cut: they speak of files that were flushed."""


class EventWriter:
    """Appends events to a log, made where it is missing. Hold the run's lock while you write.

    Args:
        path: The log.
        clock: Gives the time of events that carry none, in seconds since 1970.

    Raises:
        RunError: The log cannot be written (a full disk, no permission).
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self._clock = clock
        self.listeners: list[Callable[[Event], None]] = []
        """Told of each event once it is written."""
        try:
            self._descriptor = open_unlinked(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        except OSError as error:
            raise refused(error, path) from error
        size = os.fstat(self._descriptor).st_size
        self._empty = size == 0
        self._torn = size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"

    def write(self, event: Event) -> None:
        """Appends one event. A torn line before it is ended first, so that it costs only itself.

        Raises:
            RunError: The disk is full, or the like.
        """
        if event.time == 0:
            event = dataclasses.replace(event, time=self._clock())
        line = event_to_line(event, log_format=LOG_FORMAT if self._empty else None)
        if self._torn:
            line = b"\n" + line
        try:
            written = os.write(self._descriptor, line)
            if written < len(line):
                # The disk filled up in the middle: the rest says so with its own error.
                self._empty, self._torn = False, True
                os.write(self._descriptor, line[written:])
            self._empty = self._torn = False
            if isinstance(event, _FLUSHED):
                os.fsync(self._descriptor)
        except OSError as error:
            raise refused(error, self.path) from error
        for listener in self.listeners:
            listener(event)

    def close(self) -> None:
        """Lets go of the file. Closing twice is allowed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


@contextmanager
def open_log(path: Path, *, clock: Callable[[], float] = time.time) -> Iterator[EventWriter]:
    """An `EventWriter` that is closed at the end of the block."""
    writer = EventWriter(path, clock=clock)
    try:
        yield writer
    finally:
        writer.close()


def read_events(path: Path, offset: int = 0) -> tuple[list[Event], int]:
    """Events written since `offset` (bytes), and the offset to go on from.

    A last line without its newline is still being written: it is left for the next call.
    A line that is not JSON (a kill or a full disk cut it short) is skipped, not fatal; so is an
    unknown kind. A log that is not there yet has no events.

    Raises:
        RunError: The log was written by a newer version in a form that this one cannot read, it
            is too large or not a regular file, or it may not be read.
    """
    try:
        with os.fdopen(open_unlinked(path, os.O_RDONLY), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(offset)
            chunk = file.read(LARGEST_LOG + 1)
    except FileNotFoundError:
        return [], offset
    except OSError as error:
        raise RunError(f"it cannot be read ({error.strerror})", where=str(path)) from error
    if size > LARGEST_LOG:
        raise RunError(
            f"this log has {size / 1e6:,.0f} MB; at most {LARGEST_LOG / 1e6:,.0f} are read",
            where=str(path),
            fix="A training writes less than 150 bytes a step: this is not a log of one.",
        )
    whole, newline, _ = chunk.rpartition(b"\n")
    events = []
    for line in whole.split(b"\n"):
        record = _parsed(line)
        if record is None:
            continue
        _check_format(record, path)
        event = event_from_record(record)
        if event is not None:
            events.append(event)
    return events, offset + len(whole) + len(newline)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = parse_json(line, nan=True)
    except ParseError:
        return None
    return record if isinstance(record, dict) else None


def _check_format(record: dict[str, Any], path: Path) -> None:
    log_format = record.get("log")
    if isinstance(log_format, int) and log_format > LOG_FORMAT:
        raise RunError(
            f"this log is in format {log_format}; this version reads format {LOG_FORMAT}",
            where=str(path),
            fix="Update LoRA Wizard.",
        )

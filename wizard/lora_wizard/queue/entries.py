"""The runs of a queue: one small file each, so that adding and removing need no lock.

An entry says only which run is meant. Its recipe lies in the run's folder, made when it was added;
how it stands is asked of that folder each time.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lora_wizard.errors import RunError
from lora_wizard.files import read_regular
from lora_wizard.parsing import ParseError, finite_number, parse_json, whole_number
from lora_wizard.queue.folder import QueueFolder
from lora_wizard.runs import RunFolder, RunState, RunStatus, atomic_write, run_status
from lora_wizard.runs.disk import refused

__all__ = ["Entry", "add", "entries", "finish", "is_queued", "queued_runs", "remove"]


_NUMBERED = re.compile(r"[0-9]{1,9}\.json")

_LARGEST = 1_000_000
"""Bytes of an entry; it has about a hundred."""

_MOST_PROCESSES = 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of a queue."""

    number: int
    """By which the user names it; lower ones come first."""
    run: RunFolder
    processes: int
    """How many trainers work together on it, 1 or more."""
    added_at: float
    """Seconds since 1970."""
    done: bool
    """Whether the worker saw its end."""
    problem: str = ""
    """Why it could not even be started; empty otherwise."""

    def status(self) -> RunStatus | RunError:
        """How its run stands now; an error where that cannot be read, or the folder is gone."""
        if not self.run.is_run():
            return RunError("its folder is gone", where=str(self.run.path))
        try:
            return run_status(self.run)
        except RunError as error:
            return error


def add(queue: QueueFolder, run: RunFolder, *, processes: int = 1, now: float) -> Entry:
    """Puts a created run, or one to be gone on with, at the end of the queue.

    Raises:
        RunError: It waits there already, or the queue cannot be written.
    """
    for other in entries(queue):
        if not other.done and other.run == run:
            raise RunError(
                f"this run is in the queue already, as number {other.number}", where=str(run.path)
            )
    path = _reserve(queue)
    entry = Entry(int(path.stem), run, processes, now, done=False)
    try:
        _write(path, entry)
    except RunError:
        path.unlink(missing_ok=True)
        raise
    return entry


def entries(queue: QueueFolder) -> tuple[Entry, ...]:
    """All runs of the queue: first those that are done, then those that wait, by their numbers.

    A file that is being written, or makes no sense, is left out.
    """
    found = [*_read(queue.done, done=True), *_read(queue.waiting, done=False)]
    # A kill between the two steps of `finish` leaves it in both.
    done = {entry.number for entry in found if entry.done}
    return tuple(entry for entry in found if entry.done or entry.number not in done)


def queued_runs(root: Path) -> frozenset[RunFolder]:
    """The runs that wait in the queue of a folder of runs, or are trained from it just now.

    Empty where the queue cannot be read.
    """
    try:
        return frozenset(one.run for one in entries(QueueFolder.of_root(root)) if not one.done)
    except (RunError, OSError):
        return frozenset()


def is_queued(run: RunFolder) -> bool:
    """Whether a run waits in the queue of the folder that it lies in."""
    return run in queued_runs(run.path.parent)


def finish(queue: QueueFolder, entry: Entry, *, problem: str = "") -> None:
    """Puts away an entry whose run has ended, or could not be started because of `problem`.

    Raises:
        RunError: The disk is full, or the like; it then still waits.
    """
    waiting, done = _path(queue.waiting, entry), _path(queue.done, entry)
    try:
        queue.done.mkdir(parents=True, exist_ok=True)
        if not problem:
            with suppress(FileNotFoundError):  # taken out by hand meanwhile
                waiting.replace(done)  # needs no room on the disk
            return
        _write(done, entry, problem)
        waiting.unlink(missing_ok=True)
    except OSError as error:
        raise refused(error, done) from error


def remove(queue: QueueFolder, number: int) -> Entry:
    """Takes a run out of the queue. Its folder stays as it is.

    Raises:
        RunError: There is no such number, or that run is being trained.
    """
    entry = next((one for one in entries(queue) if one.number == number), None)
    if entry is None:
        raise RunError(
            f"the queue has no number {number}",
            where=str(queue.path),
            fix="`lora-wizard queue list` shows what it has.",
        )
    status = entry.status()
    running = isinstance(status, RunStatus) and status.state is RunState.RUNNING
    if running and not entry.done:
        raise RunError(
            f"number {number} is being trained",
            where=str(entry.run.path),
            fix=f"Stop it first: lora-wizard stop {entry.run.path}",
        )
    _path(queue.done if entry.done else queue.waiting, entry).unlink(missing_ok=True)
    return entry


def _reserve(queue: QueueFolder) -> Path:
    """A file of a number that nobody has; empty, so that readers pass it over."""
    try:
        queue.waiting.mkdir(parents=True, exist_ok=True)
        taken = [path.stem for folder in (queue.waiting, queue.done) for path in _files(folder)]
        number = max((int(stem) for stem in taken), default=0) + 1
        while True:
            path = queue.waiting / f"{number:04}.json"
            try:
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            except FileExistsError:
                number += 1
                continue
            return path
    except OSError as error:
        raise refused(error, queue.path) from error


def _write(path: Path, entry: Entry, problem: str = "") -> None:
    record = {
        "run": str(entry.run.path),
        "processes": entry.processes,
        "added_at": entry.added_at,
        **({"problem": problem} if problem else {}),
    }
    atomic_write(path, json.dumps(record, ensure_ascii=False) + "\n")


def _read(folder: Path, *, done: bool) -> Iterator[Entry]:
    for path in _files(folder):
        try:
            record = parse_json(read_regular(path, most=_LARGEST, follow=False))
            processes = whole_number(record["processes"], least=1, most=_MOST_PROCESSES)
            added_at = finite_number(record["added_at"])
            if processes is None or added_at is None:
                continue
            yield Entry(
                number=int(path.stem),
                run=RunFolder(Path(record["run"])),
                processes=processes,
                added_at=added_at,
                done=done,
                problem=str(record.get("problem", "")),
            )
        except (OSError, ParseError, KeyError, TypeError, AttributeError, RuntimeError):
            continue  # RuntimeError: `~name` of a user who is not known here


def _files(folder: Path) -> list[Path]:
    """By number; files of other names are none of ours."""
    try:
        names = [name for name in os.listdir(folder) if name.endswith(".json")]
    except OSError:
        return []
    files = [Path(folder, name) for name in names if _NUMBERED.fullmatch(name)]
    return sorted(files, key=lambda path: int(path.stem))


def _path(folder: Path, entry: Entry) -> Path:
    return folder / f"{entry.number:04}.json"

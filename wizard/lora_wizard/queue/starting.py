"""Starts the worker as a process of its own, finds out whether it lives, and asks it to stop."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum

from lora_wizard.errors import RunError
from lora_wizard.files import open_unlinked, read_tail
from lora_wizard.queue.folder import QueueFolder
from lora_wizard.runs import RunRecord
from lora_wizard.runs.disk import refused
from lora_wizard.runs.launch import APPENDING, child_environment
from lora_wizard.runs.links import refuse_links
from lora_wizard.runs.record import read_record_at

__all__ = [
    "Wish",
    "start_worker",
    "stop_worker",
    "take_wishes",
    "wished",
    "worker_log_tail",
    "worker_record",
]

_POLL_SECONDS = 0.02


class Wish(StrEnum):
    """A file's name in `control/`."""

    STOP = "stop"
    """Stop the run that trains, with everything saved, and end."""
    AFTER_THIS = "after-this"
    """Let the run that trains come to its end, and end then."""


def worker_record(queue: QueueFolder) -> RunRecord | None:
    """The process that works on the queue now, or None where none does.

    One on another host counts: from here it cannot be told that it ended.
    """
    record = read_record_at(queue.worker_json)
    if record is None or (record.is_here and not record.process.alive()):
        return None
    return record


def start_worker(
    queue: QueueFolder, *, command: Sequence[str] | None = None, patience_seconds: float = 20.0
) -> int:
    """Starts the worker and waits until it has the queue.

    Args:
        queue: With something that waits.
        command: Words to start in place of the worker's own.
        patience_seconds: After so long without a sign it is taken to be slow, not dead.

    Returns:
        Its process number.

    Raises:
        RunError: One works already, or it ended at once; then with what it said.
    """
    if (record := worker_record(queue)) is not None:
        raise _works_already(queue, record)
    refuse_links(queue.path)
    take_wishes(queue)
    try:
        queue.path.mkdir(parents=True, exist_ok=True)
        with os.fdopen(open_unlinked(queue.log_path, APPENDING), "ab") as log:
            log_before = log.tell()
            process = subprocess.Popen(
                list(command or [sys.executable, "-m", "lora_wizard.queue", str(queue.path)]),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=queue.path,
                env=child_environment(os.environ),
                close_fds=True,
            )
    except OSError as error:
        raise refused(error, queue.log_path) from error
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        exit_code = process.poll()
        record = read_record_at(queue.worker_json)
        if record is not None and record.process.pid == process.pid:
            break
        if exit_code is not None:
            said = worker_log_tail(queue, since=log_before) or f"It printed nothing ({exit_code})."
            raise RunError("the queue's worker ended at once", where=str(queue.path), fix=said)
        time.sleep(_POLL_SECONDS)
    # It goes on alone: nobody here will ask how it ended.
    process.returncode = process.returncode or 0
    return process.pid


def stop_worker(queue: QueueFolder, *, after_this: bool = False) -> RunRecord:
    """Asks the worker to end. What waits stays in the queue.

    Args:
        queue: The queue.
        after_this: Let the run that trains come to its end first. Otherwise it is stopped with
            everything saved, and is gone on with when the queue is started again.

    Returns:
        The worker that was asked.

    Raises:
        RunError: None works.
    """
    record = worker_record(queue)
    if record is None:
        raise RunError("nothing works on this queue", where=str(queue.path))
    refuse_links(queue.path)
    path = queue.control / (Wish.AFTER_THIS if after_this else Wish.STOP)
    try:
        queue.control.mkdir(exist_ok=True)
        path.touch()
    except OSError as error:
        raise refused(error, path) from error
    return record


def take_wishes(queue: QueueFolder) -> frozenset[Wish]:
    """For the worker: what was asked since the last call."""
    taken = set()
    for wish in Wish:
        with suppress(OSError):
            (queue.control / wish).unlink()
            taken.add(wish)
    return frozenset(taken)


def wished(queue: QueueFolder) -> bool:
    """Whether something was asked that nobody took yet."""
    return any((queue.control / wish).exists() for wish in Wish)


def worker_log_tail(queue: QueueFolder, lines: int = 5, *, since: int = 0) -> str:
    """The last lines that the worker wrote, after the first `since` bytes; empty if none."""
    try:
        content = read_tail(queue.log_path, most=64 * 1024, since=since)
        written = content.decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(written[-lines:])


def _works_already(queue: QueueFolder, record: RunRecord) -> RunError:
    host = "" if record.is_here else f" on {record.host}"
    return RunError(
        f"process {record.process.pid}{host} works on this queue already",
        where=str(queue.path),
        fix="What you add to it is trained in its turn.",
    )

"""Works through a queue: starts one run after another and waits for each to end.

The runs are processes of their own. A worker that is killed takes none with it, and the next one
goes on where the queue stands: it waits for a run that still trains, goes on with one that was
stopped or lost in the meantime, and repeats none that has ended. It starts none beside a run that
somebody started outside the queue: that one's end is waited for first.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from lora_wizard.errors import LoraWizardError, RunError
from lora_wizard.output import echo
from lora_wizard.queue.beside import trained_here
from lora_wizard.queue.entries import Entry, entries, finish
from lora_wizard.queue.folder import QueueFolder
from lora_wizard.queue.starting import Wish, take_wishes, wished
from lora_wizard.runs import (
    Cause,
    RunFolder,
    RunState,
    RunStatus,
    failure_advice,
    launch,
    read_record,
    request_stop,
    run_status,
)
from lora_wizard.runs.lock import hold_file
from lora_wizard.runs.record import write_record_at

__all__ = ["StartRun", "main", "work"]

StartRun = Callable[[RunFolder, int], "subprocess.Popen[bytes]"]
"""Starts a run's trainer with so many processes; `launch` but for tests."""

_ENDED = (RunState.FINISHED, RunState.FAILED)
"""What is put away unseen: a stopped or lost run is gone on with instead."""


def main(queue: QueueFolder) -> int:
    """The worker's process. 0 = nothing waits any more, or it was asked to end."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        work(queue, lambda run, processes: launch(run, processes=processes))
    except LoraWizardError as error:
        _say(f"ended: {error}")
        return 1
    return 0


def work(queue: QueueFolder, start: StartRun, *, poll_seconds: float = 1.0) -> None:
    """Trains what waits, in order, until nothing does or the user asks to end.

    Args:
        queue: The queue; it is held meanwhile.
        start: Starts one run.
        poll_seconds: Between two looks at the run that trains.

    Raises:
        RunError: Another worker holds it, or the disk is full; what waits then still waits.
    """
    with hold_file(queue.lock_path, queue.worker_json, lambda holder: _taken(queue, holder)):
        write_record_at(queue.worker_json, argv=sys.argv, versions={}, now=time.time())
        _say("begun")
        worker = Worker(queue, start, poll_seconds)
        while (entry := worker.next_entry()) is not None:
            if not worker.goes_on_after(entry):
                _say("ended, as asked")
                return
        if worker.lost:
            numbers = ", ".join(str(number) for number in sorted(worker.lost))
            _say(f"ended: lost and still waiting: {numbers}. `queue start` resumes them")
        else:
            _say("ended: nothing waits")


class Worker:
    """One worker's pass over a queue."""

    def __init__(self, queue: QueueFolder, start: StartRun, poll_seconds: float) -> None:
        self._queue, self._start, self._poll_seconds = queue, start, poll_seconds
        self.lost: set[int] = set()
        """Numbers of runs whose trainer was killed here. They wait for the next worker: tried
        again at once, a run that has too little memory would be killed for ever."""

    def next_entry(self) -> Entry | None:
        """The first that waits and was not lost here; None where none does."""
        waiting = (one for one in entries(self._queue) if not one.done)
        return next((one for one in waiting if one.number not in self.lost), None)

    def goes_on_after(self, entry: Entry) -> bool:
        """Trains one entry; false where the worker is to end now or afterwards."""
        if take_wishes(self._queue):
            return False
        status = entry.status()
        if isinstance(status, RunError):
            self._give_up(entry, status)
            return True
        if status.state in _ENDED and not _was_full(status):
            self._put_away(entry, status)
            return True
        process = None
        if status.state is not RunState.RUNNING:
            if self._waited_for_others(entry):
                return True  # the queue may have changed meanwhile: it is read again
            try:
                _say(f"{_called(entry)}: begins")
                process = self._start(entry.run, entry.processes)
            except RunError as error:
                # Somebody may have started it by hand in this moment; then it is waited for.
                if run_status(entry.run).state is not RunState.RUNNING:
                    return self._could_not_start(entry, error)
        wishes = self._wait(entry.run, process)
        status = run_status(entry.run)
        if Wish.STOP in wishes and status.state is not RunState.FINISHED:
            _say(f"{_called(entry)}: {status.state} after step {status.summary.step}")
            return False
        if _was_full(status):
            raise _full(entry, status)
        if status.state is RunState.LOST:
            self.lost.add(entry.number)
            _say(f"{_called(entry)}: {_ending_words(status)}. It keeps its place")
        else:
            self._put_away(entry, status)
        return not wishes

    def _waited_for_others(self, entry: Entry) -> bool:
        """Until nothing else of this folder of runs trains here, or the user wants something.

        False where it did not have to wait.
        """
        others = trained_here(self._queue.path.parent)
        if not others:
            return False
        _say(f"{_called(entry)}: waits until {', '.join(others)} has ended")
        while trained_here(self._queue.path.parent) and not wished(self._queue):
            time.sleep(self._poll_seconds)
        return True

    def _wait(self, run: RunFolder, process: "subprocess.Popen[bytes] | None") -> set[Wish]:
        """Until the run has ended; passes a wish to stop on. Returns what was asked meanwhile."""
        wishes: set[Wish] = set()
        passed_on = False
        while _trains(run, process):
            wishes |= take_wishes(self._queue)
            if Wish.STOP in wishes and not passed_on:
                with suppress(RunError):  # it ended just now, or has not named itself yet
                    request_stop(run)
                    passed_on = True
            time.sleep(self._poll_seconds)
        return wishes

    def _could_not_start(self, entry: Entry, error: RunError) -> bool:
        if "disk is full" in error.message or "quota" in error.message:
            raise error
        self._give_up(entry, error)
        return True

    def _give_up(self, entry: Entry, error: RunError) -> None:
        _say(f"{_called(entry)}: not trained. {error}")
        finish(self._queue, entry, problem=str(error))

    def _put_away(self, entry: Entry, status: RunStatus) -> None:
        _say(f"{_called(entry)}: {_ending_words(status)}")
        finish(self._queue, entry)


def _ending_words(status: RunStatus) -> str:
    if status.state not in (RunState.FAILED, RunState.LOST):
        return str(status.state)
    advice = failure_advice(status)
    return f"{status.state} ({advice.title}): {advice.what}"


def _trains(run: RunFolder, process: "subprocess.Popen[bytes] | None") -> bool:
    """Cheap, for it is asked every second: the log is read only where nothing else tells."""
    if process is not None:
        return process.poll() is None
    record = read_record(run)
    if record is not None and record.is_here:
        return record.process.alive()
    return run_status(run).state is RunState.RUNNING


def _was_full(status: RunStatus) -> bool:
    """Whether a full disk ended it: then the next would fail as well, and it can go on later."""
    ended_badly = status.state in (RunState.FAILED, RunState.LOST)
    return ended_badly and failure_advice(status).cause is Cause.DISK_FULL


def _full(entry: Entry, status: RunStatus) -> RunError:
    told = failure_advice(status)
    return RunError(
        f"the disk is full, and number {entry.number} could not be trained to its end",
        where=str(entry.run.path),
        fix=f"{told.advice[0]} Then go on with: lora-wizard queue start",
    )


def _taken(queue: QueueFolder, holder: str) -> RunError:
    return RunError(f"{holder} works on this queue already", where=str(queue.path))


def _called(entry: Entry) -> str:
    return f"number {entry.number} ({entry.run.name})"


def _say(words: str) -> None:
    """A line of the worker's log, which is its output; a full disk must not end the worker."""
    now = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    with suppress(OSError):
        echo(f"{now}  {words}")

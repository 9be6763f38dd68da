"""Follows a run until it ends, and passes Ctrl-C on as a wish to stop."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

from rich.console import Console

from lora_wizard.errors import RunError
from lora_wizard.progress.farewell import farewell_lines, resume_command
from lora_wizard.progress.views import BarView, LineView, View, say
from lora_wizard.runs import (
    Event,
    Failed,
    Finished,
    Note,
    Phase,
    RunFolder,
    RunState,
    Started,
    Stopped,
    SummaryFold,
    read_events,
    request_stop,
    run_status,
)

__all__ = ["follow"]

_PIECES = 40
"""At most so many times a view is given a past that was there already."""


def follow(
    folder: RunFolder,
    process: subprocess.Popen[bytes] | None,
    *,
    console: Console,
    poll_seconds: float = 0.2,
) -> RunState:
    """Shows a run until it ends, and says how it ended and what to do next.

    The first Ctrl-C asks the trainer to save and stop, the second kills it. Without `process`
    (somebody looks at a run started elsewhere) Ctrl-C only leaves; the training goes on.

    Args:
        folder: The run.
        process: Its trainer, as `launch` returned it, or None.
        console: Where to show it. A bar is drawn only where that is a terminal.
        poll_seconds: Between two looks at the log.

    Returns:
        How it ended; `running` where one left before the end.

    Raises:
        RunError: The log cannot be read, or the folder was deleted meanwhile.
    """
    view: View = BarView(console) if console.is_terminal else LineView(console)
    fold = SummaryFold()
    offset, handled, exited = 0, 0, False
    with _counted_interrupts() as interrupts, view:
        while True:
            events, offset = read_events(folder.events_path, offset)
            past, present = _generations(events)
            fold.add(past)
            for piece in _pieces(present):
                fold.add(piece)
                view.show(piece, fold.summary())
            if exited:
                break
            if interrupts.count > handled:
                handled += 1
                if process is None:
                    break
                say(console, _pass_on(handled, folder, process))
            # Once more around after the end: its last events may have come after the reading.
            exited = _has_ended(folder, process)
            if not exited:
                time.sleep(poll_seconds)
    if not folder.path.is_dir():
        raise RunError(
            "the folder of this run is gone: it was deleted or moved", where=str(folder.path)
        )
    status = run_status(folder)
    for line in farewell_lines(status):
        say(console, line)
    return status.state


def _has_ended(folder: RunFolder, process: subprocess.Popen[bytes] | None) -> bool:
    if process is not None:
        return process.poll() is not None
    return run_status(folder).state is not RunState.RUNNING


def _pieces(events: list[Event]) -> Iterator[list[Event]]:
    """What was read, so that a long past is shown on its way and not only as it ended."""
    size = len(events) // _PIECES + 1
    for first in range(0, len(events), size):
        yield events[first : first + size]


def _generations(events: list[Event]) -> tuple[list[Event], list[Event]]:
    """What belongs to earlier starts of a resumed run, and the rest."""
    first = 0
    for index, event in enumerate(events):
        if isinstance(event, Started):
            first = max(first, _opening(events, index))
        elif isinstance(event, Failed | Stopped | Finished) and index + 1 < len(events):
            first = index + 1
    return events[:first], events[first:]


def _opening(events: list[Event], started: int) -> int:
    """Where the start at `started` began: what it said while loading comes before it."""
    first = index = started
    while index and isinstance(events[index - 1], Note | Phase):
        index -= 1
        match events[index]:
            case Phase(name="loading"):
                first = index
    return first


def _pass_on(interrupt: int, folder: RunFolder, process: subprocess.Popen[bytes]) -> str:
    """Does what the first, second, third Ctrl-C ask for, and says so."""
    if interrupt == 1:
        try:
            request_stop(folder)
        except RunError:  # it has not even named itself yet
            process.terminate()
        return (
            "Stopping: the step is finished and everything saved. "
            f"Go on later with: {resume_command(folder)}\n"
            "Ctrl-C once more kills it; then what came after the last save is lost."
        )
    with suppress(RunError):
        request_stop(folder, now=True)
    if interrupt == 2:
        # Torch's launcher ends its other workers on this; they are not of its group.
        process.terminate()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return "Killed."


@dataclass(slots=True)
class _Interrupts:
    count: int = 0

    def add(self, number: int, frame: FrameType | None) -> None:
        self.count += 1


@contextmanager
def _counted_interrupts() -> Iterator[_Interrupts]:
    """Counts Ctrl-C in place of raising in the middle of a redraw. Only the main thread may."""
    interrupts = _Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = signal.signal(signal.SIGINT, interrupts.add)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, before)

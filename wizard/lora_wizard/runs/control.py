"""What one may ask of a running trainer: empty files in `control/`, and signals.

The files work from anywhere that sees the folder and survive a moment in which the trainer does
not listen; the signal wakes it at once. The trainer looks between steps.
"""

import os
import signal
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from lora_wizard.errors import RunError
from lora_wizard.runs.disk import refused
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.links import refuse_links
from lora_wizard.runs.record import RunRecord
from lora_wizard.runs.state import RunState, run_status

__all__ = [
    "Request",
    "clear_requests",
    "request_sample",
    "request_save",
    "request_stop",
    "stop_is_asked",
    "take_requests",
]


class Request(StrEnum):
    """A file's name in `control/`."""

    STOP = "stop"
    """Finish the step, save everything, end."""
    SAVE = "save"
    """Save a checkpoint after this step, go on."""
    SAMPLE = "sample"
    """Draw the sample pictures after this step, go on."""


def request_stop(folder: RunFolder, *, now: bool = False) -> None:
    """Asks the trainer to finish its step, save everything and end.

    Args:
        folder: The run.
        now: Kill it instead, with all its processes. What came after the last saved state is lost.

    Raises:
        RunError: It is not running, or `now` is asked of a trainer on another host or of a
            process that is not known to be this run's trainer.
    """
    record = _running(folder)
    if not now:
        _ask(folder, Request.STOP)
        if record.is_here and _trains(folder, record):
            with suppress(ProcessLookupError):
                os.kill(record.process.pid, signal.SIGTERM)
        return
    if not record.is_here:
        raise RunError(
            f"it runs on {record.host} and can only be killed there",
            where=str(folder.path),
            fix="Stop it without --now, or go to that host.",
        )
    if not _trains(folder, record):
        raise RunError(
            f"process {record.process.pid} cannot be shown to train this run, so it is not killed",
            where=str(folder.run_json),
            fix="Stop it without --now. Was this folder copied while its run was trained?",
        )
    _kill_group(record.process.pid)


def request_save(folder: RunFolder) -> None:
    """Asks the trainer for a checkpoint after its step.

    Raises:
        RunError: It is not running.
    """
    _running(folder)
    _ask(folder, Request.SAVE)


def request_sample(folder: RunFolder) -> None:
    """Asks the trainer for sample pictures after its step.

    Raises:
        RunError: It is not running.
    """
    _running(folder)
    _ask(folder, Request.SAMPLE)


def take_requests(folder: RunFolder) -> frozenset[Request]:
    """For the trainer: what was asked since the last call. Costs some microseconds."""
    try:
        names = os.listdir(folder.control)
    except OSError:
        return frozenset()
    taken = set()
    for name in names:
        with suppress(ValueError, OSError):
            request = Request(name)
            Path(folder.control, name).unlink()
            taken.add(request)
    return frozenset(taken)


def stop_is_asked(folder: RunFolder, *, since: float) -> bool:
    """For the trainer: whether a stop was asked for since a time (seconds since 1970)."""
    try:
        return (folder.control / Request.STOP.value).lstat().st_mtime > since
    except OSError:
        return False


def clear_requests(folder: RunFolder) -> None:
    """Forgets what an ended trainer was asked and did not do. Called before a new one starts."""
    take_requests(folder)


def _running(folder: RunFolder) -> RunRecord:
    status = run_status(folder)
    if status.state is RunState.RUNNING and status.record is not None:
        return status.record
    raise RunError(f"this run is not running: it is {status.state}", where=str(folder.path))


def _trains(folder: RunFolder, record: RunRecord) -> bool:
    """Whether the recorded process is this run's trainer: it works there, or has its lock open.

    `run.json` alone proves nothing. It may be a copy of another run's.
    """
    process = Path(f"/proc/{record.process.pid}")
    if not process.exists():
        return not Path("/proc/self").exists()  # without /proc the number is all there is
    with suppress(OSError):
        if (process / "cwd").samefile(folder.path):
            return True
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                if descriptor.samefile(folder.lock_path):
                    return True
    return False


def _ask(folder: RunFolder, request: Request) -> None:
    path = folder.control / request.value
    refuse_links(folder.path)
    try:
        folder.control.mkdir(exist_ok=True)
        path.touch()
    except OSError as error:
        raise refused(error, path) from error


def _kill_group(pid: int) -> None:
    """Kills a trainer with its workers; alone where it does not lead its group."""
    with suppress(ProcessLookupError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)

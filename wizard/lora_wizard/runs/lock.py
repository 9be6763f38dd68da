"""Two trainers never share a folder: the one that lives holds the lock.

The lock says nothing about who lives (a forked worker inherits it and may outlive its parent);
`state.py` finds that out.
"""

import errno
import fcntl
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lora_wizard.errors import RunError
from lora_wizard.files import open_unlinked
from lora_wizard.runs.disk import refused
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.links import refuse_links
from lora_wizard.runs.record import read_record_at

__all__ = ["hold_file", "hold_lock"]

_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""What network volumes answer that know no locks."""


@contextmanager
def hold_lock(folder: RunFolder) -> Iterator[None]:
    """Holds the run for this process while the block runs. The system lets go when it dies.

    On a volume without locks, a living trainer of this host is still found by `run.json`.

    Raises:
        RunError: Another process holds it (the error names it), or the folder holds links.
    """
    refuse_links(folder.path)
    with hold_file(folder.lock_path, folder.run_json, lambda holder: _taken(folder, holder)):
        yield


@contextmanager
def hold_file(path: Path, record_path: Path, taken: Callable[[str], RunError]) -> Iterator[None]:
    """Holds any lock file, as `hold_lock` does that of a run.

    Args:
        path: The lock, made where it is missing.
        record_path: Where its holder names itself, for volumes without locks.
        taken: Makes the error to raise, given words for the holder.

    Raises:
        RunError: `taken`, or the file cannot be opened.
    """
    try:
        descriptor = open_unlinked(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise refused(error, path) from error
    try:
        _take(descriptor, path, record_path, taken)
        with suppress(OSError):  # on a full disk the lock holds all the same
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()} on {platform.node()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path, record_path: Path, taken: Callable[[str], RunError]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 300, 0).decode("utf-8", "replace").strip()
        raise taken(holder or "another process") from error
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise refused(error, path) from error
        record = read_record_at(record_path)
        if record is not None and record.is_here and record.process.alive():
            raise taken(f"process {record.process.pid} on {record.host}") from error


def _taken(folder: RunFolder, holder: str) -> RunError:
    return RunError(
        f"this run is being trained by {holder}",
        where=str(folder.path),
        fix="Wait until it ends, stop it, or choose another folder with --out.",
    )

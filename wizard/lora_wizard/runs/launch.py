"""Starts the trainer as a process of its own that outlives this one, its terminal and its network.

It leads a new session, reads nothing, and writes to `console.log`; so nobody who watches it can
hold it up, and nobody who goes away ends it.
"""

import errno
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from lora_wizard.errors import RunError
from lora_wizard.exhaustion import ADVICE, SAID
from lora_wizard.files import open_unlinked
from lora_wizard.runs.control import clear_requests
from lora_wizard.runs.disk import LEAST_FREE_BYTES, free_bytes, refused
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.links import refuse_links
from lora_wizard.runs.state import RunState, console_tail, run_status
from lora_wizard.runs.typing_words import attach_command

__all__ = ["child_environment", "launch", "trainer_command"]

APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT
"""How a process's output file is opened."""

_POLL_SECONDS = 0.02

_HELD = re.compile(r"this run is being trained by (process \d+ on \S+?|another process)\.?(?:\s|$)")
"""What `hold_lock` says in the trainer that comes second."""


def trainer_command(folder: RunFolder, *, processes: int = 1) -> list[str]:
    """The words of the trainer's command line.

    Args:
        folder: The run.
        processes: On this host. More than one are started by torch's own launcher.
    """
    module = ["-m", "lora_wizard.train", str(folder.path)]
    if processes == 1:
        return [sys.executable, *module]
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(processes)]
    return [sys.executable, *launcher, *module]


def launch(
    folder: RunFolder,
    *,
    processes: int = 1,
    command: Sequence[str] | None = None,
    patience_seconds: float = 20.0,
) -> subprocess.Popen[bytes]:
    """Starts the trainer and waits for its first event, so that an early death is said at once.

    Args:
        folder: A created run, or one to be resumed.
        processes: How many trainers work together on this host, 1 or more.
        command: Words to start in place of the trainer's own.
        patience_seconds: After so long without an event it is taken to be slow, not dead.

    Returns:
        The process, which leads its own session.

    Raises:
        RunError: It runs already, its folder holds links, it cannot be started, or ended before
            its first event; then with the last lines that it printed.
    """
    if processes < 1:
        raise RunError(f"{processes} processes cannot train", fix="Give 1 or more.")
    if run_status(folder).state is RunState.RUNNING:
        raise RunError(
            "this run is being trained already",
            where=str(folder.path),
            fix="Stop it first, or wait until it ends.",
        )
    refuse_links(folder.path)
    clear_requests(folder)
    events_before = _size(folder)
    try:
        with os.fdopen(open_unlinked(folder.console_path, APPENDING), "ab") as console:
            console_before = console.tell()
            process = subprocess.Popen(
                list(command) if command else trainer_command(folder, processes=processes),
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                cwd=folder.path,
                env=child_environment(os.environ),
                close_fds=True,
            )
    except OSError as error:
        raise refused(error, folder.console_path) from error
    try:
        _await_first_event(folder, process, patience_seconds, (events_before, console_before))
    except KeyboardInterrupt:
        # Nobody would know of a trainer that goes on after its start was broken off.
        process.terminate()
        raise
    return process


def _await_first_event(
    folder: RunFolder,
    process: subprocess.Popen[bytes],
    patience_seconds: float,
    sizes_before: tuple[int, int],
) -> None:
    """Returns once the log has grown, or patience ends; an earlier death is a `RunError`."""
    events_before, console_before = sizes_before
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        exit_code = process.poll()
        if _size(folder) > events_before:
            return
        if exit_code is not None:
            raise _died(folder, exit_code, console_before)
        time.sleep(_POLL_SECONDS)


def _size(folder: RunFolder) -> int:
    try:
        return folder.events_path.stat().st_size
    except OSError:
        return 0


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """This process's environment, fit for another working folder."""
    changed = dict(environment)
    changed["PYTHONUNBUFFERED"] = "1"
    changed["TOKENIZERS_PARALLELISM"] = "false"
    if search_path := environment.get("PYTHONPATH"):
        entries = search_path.split(os.pathsep)
        changed["PYTHONPATH"] = os.pathsep.join(os.path.abspath(entry) for entry in entries)
    return changed


def _died(folder: RunFolder, exit_code: int, console_before: int) -> RunError:
    held = _HELD.search(console_tail(folder, since=console_before))
    if held is not None:
        return RunError(
            f"another trainer has this run ({held[1]}); it goes on",
            where=str(folder.path),
            fix=f"Look at it with `{attach_command(folder)}`, or stop it first.",
        )
    how = f"exit code {exit_code}" if exit_code >= 0 else f"killed by signal {-exit_code}"
    printed = console_tail(folder, since=console_before)
    if not printed and 0 <= free_bytes(folder.path) < LEAST_FREE_BYTES:
        return refused(OSError(errno.ENOSPC, ""), folder.path)
    if SAID.search(printed):
        said = printed.splitlines()[-1].strip()
        return RunError(
            f"there is not enough memory to train ({said})", where=str(folder.path), fix=ADVICE
        )
    fix = f"The end of {folder.console_path}:\n{printed}" if printed else "It printed nothing."
    return RunError(f"the training ended before it began ({how})", where=str(folder.path), fix=fix)

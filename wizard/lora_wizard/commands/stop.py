"""`lora-wizard stop`: end a training that runs, with everything saved; or kill it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from lora_wizard.errors import RunError
from lora_wizard.output import echo, printable
from lora_wizard.progress import farewell_lines, phase_words, resume_command
from lora_wizard.runs import (
    DEFAULT_ROOT,
    RunFolder,
    RunState,
    RunStatus,
    choose_run,
    find_run,
    request_stop,
    run_status,
    unsaved,
)
from lora_wizard.runs.words import duration_words

__all__ = ["command"]

_POLL_SECONDS = 0.2
_BUSY = ("loading", "caching_latents", "caching_text", "compiling", "sampling")
"""Phases that can take a while."""


@click.command(name="stop")
@click.argument("run", required=False, metavar="[RUN]")
@click.option("--now", is_flag=True, help="Kill it: what came after the last save is lost.")
@click.option("--yes", is_flag=True, help="With --now: do not ask.")
@click.option("--wait/--no-wait", default=True, help="Wait until it has ended. It does.")
@click.option("--root", type=click.Path(path_type=Path), default=DEFAULT_ROOT, show_default=True)
def command(run: str | None, now: bool, yes: bool, wait: bool, root: Path) -> None:
    """Stop RUN (a name out of `lora-wizard runs`, or a folder; the running one if not said).

    The trainer finishes its step, saves the LoRA and its state and ends. `lora-wizard resume`
    goes on from there later, to the same end as without the stop.
    """
    folder = find_run(run, root) if run is not None else choose_run(None, root)
    _check_running(run_status(folder))
    if now:
        _kill(folder, ask=not yes and sys.stdin.isatty())
    else:
        request_stop(folder)
        echo(f"Asked {folder.name} to stop: it finishes its step and saves everything.")
        if not wait:
            echo(f"Go on later with: {resume_command(folder)}")
            return
    try:
        status = _wait_until_ended(folder)
    except KeyboardInterrupt:
        echo("\nNo longer waiting; it still stops by itself.")
        return
    for line in farewell_lines(status):
        echo(line)
    # A kill that was asked for is no failure.
    if status.state is RunState.FAILED or (status.state is RunState.LOST and not now):
        raise SystemExit(1)


def _check_running(status: RunStatus) -> None:
    """Raises:
    RunError: There is nothing to stop; with what can be done instead.
    """
    if status.state is RunState.RUNNING:
        return
    folder, again = status.folder, f"Go on with it: {resume_command(status.folder)}"
    said = {
        RunState.CREATED: ("it has not begun", f"Begin it: {resume_command(folder)}"),
        RunState.FINISHED: ("it is finished already", "There is nothing to stop."),
        RunState.STOPPED: ("it is stopped already", again),
        RunState.FAILED: ("it has failed already", again),
        RunState.LOST: ("its process has ended already, without a word", again),
    }
    what, fix = said[status.state]
    raise RunError(what, where=str(folder.path), fix=fix)


def _kill(folder: RunFolder, *, ask: bool) -> None:
    if ask:
        echo(_loss_words(folder))
        click.confirm(f"Kill {printable(folder.name)}?", abort=True)
    request_stop(folder, now=True)
    echo(f"Killed {folder.name}.")


def _loss_words(folder: RunFolder) -> str:
    at_stake = unsaved(folder)
    if at_stake.saved_at is None:
        return f"No state was saved so far: all {at_stake.steps} steps would be lost."
    ago = duration_words(max(time.time() - at_stake.saved_at, 0))
    return (
        f"The last state was saved {ago} ago: {at_stake.steps} steps came after it and would be "
        "lost. Without --now nothing is."
    )


def _wait_until_ended(folder: RunFolder) -> RunStatus:
    """Waits for the end, and says on the way what the trainer does."""
    said = ""
    while (status := run_status(folder)).state is RunState.RUNNING:
        phase = status.summary.phase
        if phase != said and phase in _BUSY:
            echo(f"It is still busy: {phase_words(phase).lower()}.")
        said = phase
        time.sleep(_POLL_SECONDS)
    return status

"""`lora-wizard runs`: the runs of a folder and how each stands."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from lora_wizard.consoles import PlainTextConsole
from lora_wizard.errors import RunError
from lora_wizard.output import echo, json_text, printable
from lora_wizard.queue import is_queued
from lora_wizard.runs import DEFAULT_ROOT, RunFolder, RunState, RunStatus, find_runs, run_status
from lora_wizard.runs.words import duration_words

__all__ = ["command"]

_HEADINGS = ("name", "state", "steps", "loss", "time left", "last event", "LoRA")


@click.command(name="runs")
@click.argument("root", type=click.Path(path_type=Path), default=DEFAULT_ROOT)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
def command(root: Path, as_json: bool) -> None:
    """List the runs in ROOT (`runs` unless you say), newest first."""
    found = [(folder, _status(folder)) for folder in find_runs(root)]
    if as_json:
        echo(json_text([_record(*item) for item in found], indent=2))
    elif not found:
        echo(f"No runs in {root}. Start one with: lora-wizard train --images FOLDER")
    else:
        _show([_row(*item, now=time.time()) for item in found])


def _status(folder: RunFolder) -> RunStatus | RunError:
    """One unreadable log must not hide the other runs."""
    try:
        return run_status(folder)
    except RunError as error:
        return error


def _row(folder: RunFolder, status: RunStatus | RunError, *, now: float) -> tuple[str, ...]:
    if isinstance(status, RunError):
        return (folder.name, f"unreadable: {status.message}", "", "", "", "", "")
    summary = status.summary
    state = f"{status.state} on {status.elsewhere}" if status.elsewhere else _state(status)
    left = age = ""
    if summary.time_left is not None and status.state == "running":
        left = f"about {duration_words(summary.time_left)}"
    if summary.updated_at is not None:
        age = f"{duration_words(max(now - summary.updated_at, 0))} ago"
    return (
        folder.name,
        state,
        f"{summary.step}/{summary.total}" if summary.total else "",
        "" if summary.smoothed_loss is None else f"{summary.smoothed_loss:.4f}",
        left,
        age,
        summary.final or "",
    )


def _state(status: RunStatus) -> str:
    """The state in a word; a run that has not begun may wait in the queue."""
    waits = status.state is RunState.CREATED and is_queued(status.folder)
    return "queued" if waits else str(status.state)


def _record(folder: RunFolder, status: RunStatus | RunError) -> dict[str, Any]:
    """One run for other programs. Times in seconds; unknown values are null."""
    record: dict[str, Any] = {"name": folder.name, "path": str(folder.path)}
    if isinstance(status, RunError):
        return {**record, "state": None, "error": str(status)}
    summary = status.summary
    return {
        **record,
        "state": _state(status),
        "host": status.record.host if status.record else None,
        "generation": summary.generation,
        "phase": summary.phase or None,
        "step": summary.step,
        "total": summary.total,
        "loss": summary.smoothed_loss,
        "seconds_per_step": summary.seconds,
        "seconds_left": summary.time_left,
        "updated_at": summary.updated_at,
        "lora": str(folder.path / summary.final) if summary.final else None,
        "error": summary.failure.error if summary.failure else None,
    }


def _show(rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; elsewhere the same, tab-separated, for `cut` and `grep`."""
    console = PlainTextConsole()
    if not console.is_terminal:
        for row in (_HEADINGS, *rows):
            echo("\t".join(map(printable, row)))
        return
    table = Table(box=None, pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table, markup=False)

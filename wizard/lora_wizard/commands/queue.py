"""`lora-wizard queue`: several recipes one after another, without anybody watching."""

from __future__ import annotations

import shutil
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lora_wizard.errors import LoraWizardError, RunError
from lora_wizard.output import echo, json_text, printable
from lora_wizard.queue import (
    Entry,
    QueueFolder,
    add,
    entries,
    remove,
    start_worker,
    stop_worker,
    trained_here,
    worker_log_tail,
    worker_record,
)
from lora_wizard.runs import DEFAULT_ROOT, RunFolder, RunState, create_run, unused_run_path
from lora_wizard.runs.disk import size_words
from lora_wizard.runs.words import duration_words

if TYPE_CHECKING:
    from lora_wizard.recipe import Recipe

__all__ = ["command"]

_ROOT = click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=DEFAULT_ROOT,
    show_default=True,
    help="The folder of runs; its queue lies in it.",
)
_LEAST_FREE_BYTES = 100_000_000


@click.group()
def command() -> None:
    """Train several recipes one after another.

    The queue is worked on by a process of its own, which goes on when the connection breaks, and
    so does the run that it trains. A run that fails does not keep the next ones from being
    trained.
    """


@command.command("add")
@click.argument("recipes", metavar="RECIPE.toml...", nargs=-1, required=True)
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder, for one recipe.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="May be repeated.")
@click.option("--processes", type=click.IntRange(1), default=1, help="Trainers on this machine.")
@click.option("--start", is_flag=True, help="Start the queue as well, unless it works already.")
@_ROOT
def add_command(
    recipes: tuple[str, ...],
    out: Path | None,
    settings: tuple[str, ...],
    processes: int,
    start: bool,
    root: Path,
) -> None:
    """Put recipes at the end of the queue; or the folder of a run that is to be gone on with.

    Each recipe gets its run folder at once, so that a mistake in it, its pictures or its base is
    told now. What is changed in the file afterwards does not count.
    """
    if out is not None and len(recipes) > 1:
        raise RunError(
            f"{len(recipes)} runs cannot share one folder",
            where=f"--out {out}",
            fix="Leave it out, or add them one by one.",
        )
    queue = QueueFolder.of_root(root)
    for run in _runs_of(recipes, out, settings, root):
        entry = add(queue, run, processes=processes, now=time.time())
        echo(f"Number {entry.number}: {run.path}")
    if worker_record(queue) is not None:
        echo("It is trained in its turn.")
    elif start:
        _start(queue)
    else:
        echo("Start the queue with: lora-wizard queue start")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for other programs.")
@_ROOT
def list_command(as_json: bool, root: Path) -> None:
    """List what was trained, is being trained and waits, in order."""
    queue = QueueFolder.of_root(root)
    record = worker_record(queue)
    listed = [_record(entry) for entry in entries(queue)]
    if as_json:
        worker = {"pid": record.process.pid, "host": record.host} if record else None
        echo(json_text({"worker": worker, "entries": listed}, indent=2))
        return
    for one in listed:
        cells = (one["number"], one["name"], one["state"], one["words"])
        echo("\t".join(map(printable, cells)))
    waiting = sum(not one["done"] for one in listed)
    if record is not None:
        host = "" if record.is_here else f" on {record.host}"
        echo(f"Process {record.process.pid}{host} works on it; {waiting} to be trained.")
    elif not listed:
        echo("Nothing is in it. Add something with: lora-wizard queue add RECIPE.toml")
    elif waiting:
        echo(f"Nothing works on it; {waiting} to be trained: lora-wizard queue start")
        _say_why(queue)


@command.command("remove")
@click.argument("number", type=click.IntRange(1))
@_ROOT
def remove_command(number: int, root: Path) -> None:
    """Take NUMBER out of the queue. Its run folder stays as it is."""
    entry = remove(QueueFolder.of_root(root), number)
    echo(f"Number {number} is out of the queue; its folder stays: {entry.run.path}")


@command.command("start")
@_ROOT
def start_command(root: Path) -> None:
    """Train what waits, one after another, in a process of its own.

    A run that was stopped or lost while the queue trained it is resumed; one that has ended is not
    repeated. Where a run of this folder is being trained already, its end is waited for.
    """
    _start(QueueFolder.of_root(root))


@command.command("stop")
@click.option("--after-this", is_flag=True, help="Let the run that trains come to its end first.")
@_ROOT
def stop_command(after_this: bool, root: Path) -> None:
    """Stop the queue. The run that trains saves everything first; `start` goes on with it."""
    record = stop_worker(QueueFolder.of_root(root), after_this=after_this)
    when = "when the run that trains has ended" if after_this else "once that run has saved"
    echo(f"Asked process {record.process.pid}: it ends {when}.")
    echo("What waits stays in the queue. Go on with: lora-wizard queue start")


def _runs_of(
    recipes: tuple[str, ...], out: Path | None, settings: tuple[str, ...], root: Path
) -> list[RunFolder]:
    """A run folder for each; none is made before all recipes were looked at."""
    # What is needed to read recipes is not needed to list a queue.
    from lora_wizard.commands.train import check_before_start
    from lora_wizard.composing import compose, parse_settings

    changes = parse_settings(settings)
    made: list[Recipe | None] = []
    for source in recipes:
        if RunFolder(Path(source)).is_run():
            made.append(None)
            continue
        recipe = compose(
            source=source,
            preset=None,
            images=None,
            regularisation=None,
            base=None,
            name=None,
            settings=changes,
        )
        check_before_start(recipe)
        made.append(recipe)
    runs = []
    for source, own in zip(recipes, made, strict=True):
        if own is None:
            runs.append(RunFolder(Path(source)))
        else:
            path = out or unused_run_path(root, own.saving.name, on=date.today())
            runs.append(create_run(path, own))
    return runs


def _start(queue: QueueFolder) -> None:
    waiting = sum(not entry.done for entry in entries(queue))
    if not waiting:
        raise RunError(
            "nothing waits in this queue",
            where=str(queue.path),
            fix="Add something with: lora-wizard queue add RECIPE.toml",
        )
    others = trained_here(queue.path.parent)
    pid = start_worker(queue)
    echo(f"Process {pid} trains what waits ({waiting}), and goes on without this terminal.")
    if others:
        echo(f"Being trained now: {', '.join(others)}. The queue begins when that has ended.")
    echo("Look with `lora-wizard queue list` and `lora-wizard attach`.")


def _record(entry: Entry) -> dict[str, Any]:
    """One entry for other programs; `words` says what cannot be told by the rest."""
    status = entry.status()
    record: dict[str, Any] = {
        "number": entry.number,
        "name": entry.run.name,
        "path": str(entry.run.path),
        "done": entry.done,
        "problem": entry.problem or None,
    }
    if isinstance(status, LoraWizardError):
        return {**record, "state": "unreadable", "step": None, "total": None, "words": str(status)}
    summary = status.summary
    words = f"{summary.step}/{summary.total}" if summary.total else ""
    if status.state is RunState.RUNNING and summary.time_left is not None:
        words += f"  about {duration_words(summary.time_left)} left"
    if summary.failure is not None:
        words = summary.failure.error
    state = str(status.state)
    if status.state is RunState.CREATED:
        state = "not trained" if entry.done else "waiting"
    return {
        **record,
        "state": state,
        "step": summary.step,
        "total": summary.total,
        "words": entry.problem or words,
    }


def _say_why(queue: QueueFolder) -> None:
    """Why a worker that is gone left something: its last words, and a full disk took even those."""
    if last := worker_log_tail(queue, 1):
        echo(f"Last: {last}")
    free = shutil.disk_usage(queue.path).free
    if free < _LEAST_FREE_BYTES:
        echo(f"The disk is nearly full: {size_words(free)} free.")

"""`lora-wizard train`: from a folder of pictures to a LoRA file."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

import click

from lora_wizard.composing import compose, parse_settings
from lora_wizard.consoles import PlainTextConsole
from lora_wizard.dataset import Dataset, scan
from lora_wizard.errors import ModelError
from lora_wizard.flow import filled_in
from lora_wizard.output import echo
from lora_wizard.progress import attach_command, follow
from lora_wizard.questions import wrong_base
from lora_wizard.queue import QueueFolder, add, found_beside, worker_record
from lora_wizard.recipe import Recipe
from lora_wizard.runs import DEFAULT_ROOT, RunFolder, RunState, create_run, launch, unused_run_path

__all__ = ["command", "watch"]


@click.command()
@click.argument("recipe", required=False, metavar="[RECIPE.toml]")
@click.option("--preset", help="A preset's name (see `lora-wizard presets list`) or file.")
@click.option("--images", type=click.Path(path_type=Path), help="Folder with N_name sub-folders.")
@click.option("--reg", type=click.Path(path_type=Path), help="Folder of regularisation pictures.")
@click.option("--base", help="Checkpoint, diffusers folder, or `paperdoll` (comes along).")
@click.option("--name", help="What the LoRA file is called; from the folder unless given.")
@click.option("--trigger", help="The word that calls the character; suggested unless given.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help=f"The run's folder; {DEFAULT_ROOT}/DATE-NAME unless given.",
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="May be repeated.")
@click.option("--overwrite", is_flag=True, help="Move a run that is there aside.")
@click.option("--processes", type=click.IntRange(1), default=1, help="Trainers on this machine.")
@click.option("--queue", "queued", is_flag=True, help="Add it to the queue; start it later.")
@click.option("--beside", is_flag=True, help="Do not ask where another training runs.")
@click.option("--detach", is_flag=True, help="Start it and come back at once.")
def command(
    recipe: str | None,
    preset: str | None,
    images: Path | None,
    reg: Path | None,
    base: str | None,
    name: str | None,
    trigger: str | None,
    out: Path | None,
    settings: tuple[str, ...],
    overwrite: bool,
    processes: int,
    detach: bool,
    queued: bool,
    beside: bool,
) -> None:
    """Train a LoRA on a folder of pictures.

    The training runs as a process of its own: it goes on when the connection breaks. Everything
    it writes lies in its run folder; `lora-wizard resume` goes on with one that was interrupted.
    """
    wishes = parse_settings(settings)
    made = compose(
        source=recipe,
        preset=preset,
        images=images,
        regularisation=reg,
        base=base,
        name=name,
        settings=wishes,
        trigger=trigger,
    )
    dataset = check_before_start(made)
    if recipe is None:
        if trigger is not None:
            wishes.setdefault("data.trigger", trigger)
        made = filled_in(made, dataset, preset=preset, fixed=wishes)
        say_filled_in(made)
    queued = queued or (not beside and wants_queue(DEFAULT_ROOT))
    path = out or unused_run_path(DEFAULT_ROOT, made.saving.name, on=date.today())
    folder = create_run(path, made, overwrite=overwrite)
    if queued:
        queue = QueueFolder.of_root(DEFAULT_ROOT)
        entry = add(queue, folder, processes=processes, now=time.time())
        echo(f"Number {entry.number} in the queue: {folder.path}")
        if worker_record(queue) is None:
            echo("Start the queue with: lora-wizard queue start")
        return
    watch(folder, processes=processes, detach=detach)


def wants_queue(root: Path) -> bool:
    """Whether to queue a training rather than start it beside another one; asked on a terminal.

    Without a terminal nobody can be asked: it starts, and a line says what else is trained.
    """
    found = found_beside(root)
    if not found:
        return False
    what = f"Being trained now: {', '.join(found.running)}."
    if not found.running:
        what = f"Waiting in the queue: {found.waiting}."
    echo(f"{what} Two trainings on one device are slower, or run out of memory.", err=True)
    if sys.stdin.isatty():
        return click.confirm("Add this one to the queue?", default=True, err=True)
    echo("It starts beside that; --queue adds it to the queue.", err=True)
    return False


def say_filled_in(recipe: Recipe) -> None:
    """What a preset could not know and the pictures decided, with how to decide otherwise."""
    data = recipe.data
    if data.trigger:
        words = f"Trigger: {data.trigger} (first tag of every caption; --trigger takes another)"
        echo(words)
    if data.repeats > 1:
        words = f"Each picture is seen {data.repeats} times an epoch (--set data.repeats=N)"
        echo(words)


def check_before_start(recipe: Recipe) -> Dataset:
    """What can be told in a second, before a run folder is made: the scan of the pictures.

    Raises:
        DatasetError: the pictures cannot be trained on; with everything that is wrong.
        ModelError: there is nothing at the base's path.
    """
    base = recipe.model.base
    if base != "paperdoll" and not Path(base).expanduser().exists():
        raise ModelError(
            "There is no such file or folder",
            where=base,
            fix='Check --base, or use "paperdoll". Models are never downloaded',
        )
    if base != "paperdoll" and (kind := wrong_base(Path(base).expanduser())):
        raise ModelError(
            f"it cannot be the base model: it is {kind}",
            where=base,
            fix="Give a checkpoint file or a diffusers folder",
        )
    return scan(recipe.data, recipe.validation)


def watch(folder: RunFolder, *, processes: int, detach: bool = False) -> None:
    """Starts a run's trainer and shows it until it ends. Exit status 1 where it failed."""
    console = PlainTextConsole()
    process = launch(folder, processes=processes)
    console.print(f"Run: {folder.path}", markup=False, soft_wrap=True)
    if detach:
        back = f"It trains on its own now. Look at it with: {attach_command(folder)}"
        console.print(back, markup=False, highlight=False, soft_wrap=True)
        return
    state = follow(folder, process, console=console)
    if state in (RunState.FAILED, RunState.LOST):
        raise SystemExit(1)

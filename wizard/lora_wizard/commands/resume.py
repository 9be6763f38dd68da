"""`lora-wizard resume`: go on with a run from its last saved state."""

from __future__ import annotations

import click

from lora_wizard.commands.train import watch
from lora_wizard.output import echo
from lora_wizard.runs import RunState, find_run, run_status

__all__ = ["command"]


@click.command()
@click.argument("run")
@click.option("--processes", type=click.IntRange(1), default=1, help="Trainers on this machine.")
@click.option("--detach", is_flag=True, help="Start it and come back at once.")
def command(run: str, processes: int, detach: bool) -> None:
    """Go on with RUN (a name out of `lora-wizard runs`, or a folder).

    It goes on from its last saved state and ends as the uninterrupted run would have. A run that
    never saved one begins at its beginning.
    """
    folder = find_run(run)
    if run_status(folder).state is RunState.FINISHED:
        echo(f"{folder.name} is finished: there is nothing to go on with.")
        return
    watch(folder, processes=processes, detach=detach)

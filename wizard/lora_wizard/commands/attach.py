"""`lora-wizard attach`: look at a run from any terminal, as often as you like."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from lora_wizard.commands.screen_options import screen_options
from lora_wizard.consoles import PlainTextConsole
from lora_wizard.progress import follow
from lora_wizard.runs import RunFolder, RunState, choose_run, running_runs

__all__ = ["command", "follow_in_lines"]


@click.command()
@click.argument("run", required=False, metavar="[RUN]")
@click.option("--plain", is_flag=True, help="Lines in place of a screen; Ctrl-C leaves.")
@screen_options
def command(
    run: str | None,
    plain: bool,
    lang: str | None,
    ascii: bool | None,
    slow: bool,
    mouse: bool | None,
    root: Path,
) -> None:
    """Look at RUN (a name out of `lora-wizard runs`, or a folder) while it trains or afterwards.

    Without RUN it is the one that is being trained, else the newest; where several are being
    trained, you choose from a list. Leaving stops nothing: the training goes on. Where there is
    no terminal, lines are printed as with --plain; then the exit code is 1 for a run that failed
    or was lost.
    """
    if plain or not _can_show_screens():
        follow_in_lines(choose_run(run, root))
        return
    running = running_runs(root) if run is None else ()
    monitors = running if len(running) > 1 else (choose_run(run, root),)
    from lora_wizard.ui.launching import open_app

    open_app(language=lang, ascii=ascii, slow=slow, mouse=mouse, root=root, monitors=monitors)


def follow_in_lines(folder: RunFolder) -> None:
    """All that happened in the run so far, then what happens, until it ends or Ctrl-C comes."""
    console = PlainTextConsole(force_terminal=False)
    console.print(f"Run: {folder.path}", markup=False, highlight=False, soft_wrap=True)
    state = follow(folder, None, console=console)
    if state in (RunState.FAILED, RunState.LOST):
        raise SystemExit(1)


def _can_show_screens() -> bool:
    terminal = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    return terminal or bool(os.environ.get("TEXTUAL_DRIVER"))

"""A bar on a terminal; a line now and then where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lora_wizard.output import echo


@contextmanager
def progress(words: str) -> Iterator[Callable[[int, int], None]]:
    """Yields what is to be called with (done, of all)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    from lora_wizard.consoles import PlainTextConsole

    console = PlainTextConsole(stderr=True)
    if not console.is_terminal:
        echo(words, err=True)
        yield lambda done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

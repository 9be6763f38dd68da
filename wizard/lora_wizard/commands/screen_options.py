"""The options of every command that opens screens. Light: help must not import the app."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

_ROOT = Path("runs")

_OPTIONS = (
    click.option(
        "--lang", type=click.Choice(["en", "ja"]), help="Language; the terminal's if not."
    ),
    click.option(
        "--ascii/--no-ascii", default=None, help="Draw with plain characters; as the terminal can."
    ),
    click.option("--slow", is_flag=True, help="For slow connections: few redraws, no pictures."),
    click.option(
        "--mouse/--no-mouse",
        default=None,
        help="Use the mouse; not over SSH unless you say: a broken connection would leave your "
        "terminal typing its moves.",
    ),
    click.option(
        "--root", type=click.Path(path_type=Path), default=_ROOT, help="The folder of runs: runs."
    ),
)


def screen_options(command: Function) -> Function:
    """Adds `lang`, `ascii`, `slow`, `mouse` and `root`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command

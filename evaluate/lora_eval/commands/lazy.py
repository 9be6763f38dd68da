"""A group of commands that are imported when they are called, and the way errors are shown."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

from lora_eval.errors import LoraWizardError


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """Where a command is, and the line that help shows without importing it."""

    target: str
    """`module:object`."""
    help: str


class ShownError(click.ClickException):
    """A user's mistake on its way to the terminal: its text on stderr, then exit code 2."""

    exit_code = 2


class LazyGroup(click.Group):
    """Commands by name, each imported only when it is called or its own help is asked for."""

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand], **options: Any) -> None:
        super().__init__(*args, **options)
        self.lazy = dict(lazy)

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.lazy)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.lazy:
            return None
        module, _, attribute = self.lazy[name].target.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command), f"{module}:{attribute} is no command"
        command.name = name  # usage lines show this name, whatever the function is called
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.lazy.items()])

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except LoraWizardError as error:
            raise ShownError(str(error)) from error

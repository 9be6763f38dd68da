"""What the command lines of both programs share: commands imported when called, errors as text."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from lora_wizard.errors import LoraWizardError
from lora_wizard.exhaustion import is_out_of_memory, memory_words
from lora_wizard.options_before import pass_on
from lora_wizard.output import prepare_streams, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    """Commands by name, each imported only when it is called or its own help is asked for.

    Every error's text passes the gate of `lora_wizard.output`, click's own included: it may quote
    a file's name.
    """

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
        assert isinstance(command, click.Command), f"{module}:{attribute} is not a command"
        command.name = name  # usage lines show this name, whatever the function is called
        return command

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; options that stand before the command are handed on to it."""
        found = super().resolve_command(context, args)
        pass_on(context, args)
        return found

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.lazy.items()])

    def main(self, *args: Any, **options: Any) -> Any:
        prepare_streams()
        return super().main(*args, **options)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _printable_errors():
            return super().make_context(*args, **options)

    def invoke(self, context: click.Context) -> Any:
        with _printable_errors():
            try:
                return super().invoke(context)
            except LoraWizardError as error:
                raise ShownError(str(error)) from error
            except Exception as error:
                if is_out_of_memory(error):
                    raise ShownError(memory_words(error)) from error
                raise


@contextmanager
def _printable_errors() -> Iterator[None]:
    """Cleans the text of click's errors on their way to the terminal."""
    try:
        yield
    except click.ClickException as error:
        # Not by assignment: click's types call these attributes final.
        vars(error)["message"] = printable_lines(error.message)
        if isinstance(error, click.FileError):
            vars(error)["ui_filename"] = printable_lines(error.ui_filename)
        raise

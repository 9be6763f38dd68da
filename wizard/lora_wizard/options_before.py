"""Options that stand before a command: `lora-wizard --root DIR runs`. Light: it imports no app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from click.core import ParameterSource

__all__ = ["pass_on"]

_UNGIVEN = (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP)


def pass_on(context: click.Context, words: Sequence[str]) -> None:
    """Hands the options given before a command on to it, as if they stood behind it.

    One that stands behind it too counts there.

    Args:
        context: Of the group.
        words: The command, and what stands behind it.

    Raises:
        click.UsageError: the command has no such option; all of them are named.
    """
    given = {
        option.name: option
        for option in context.command.params
        # What is not exposed acts by itself, as lora-eval's --lang.
        if option.name
        and option.expose_value
        and context.get_parameter_source(option.name) not in _UNGIVEN
    }
    if not given:
        return
    if any(word in context.help_option_names for word in words):
        return
    names, command = _called(context, words)
    values: dict[str, Any] = {}
    unknown = []
    for name, option in given.items():
        same = next((one for one in command.params if _is_same(one, option)), None)
        if same is None or not same.name:
            unknown.append(option.opts[0])
        else:
            values[same.name] = context.params[name]
    if unknown:
        called = f"{context.command_path} {' '.join(names)}"
        what = ", ".join(unknown)
        raise click.UsageError(f"`{called}` has no {what}. Leave {what} out.", ctx=context)
    for name in reversed(names):
        values = {name: values}
    context.default_map = values


def _is_same(own: click.Parameter, given: click.Parameter) -> bool:
    """Whether a command's option, or its argument that may be left out, is the one given."""
    if isinstance(own, click.Argument):
        return own.name == given.name and not own.required
    return bool(set(own.opts) & set(given.opts))


def _called(context: click.Context, words: Sequence[str]) -> tuple[list[str], click.Command]:
    """The command that is called and its names: `queue` and `list`."""
    names: list[str] = []
    command: click.Command = context.command
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(context, word)
        if found is None:
            break  # click says what is wrong with the name
        names.append(word)
        command = found
    return names, command

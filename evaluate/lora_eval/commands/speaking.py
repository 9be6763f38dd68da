"""In which language a command writes: `--lang`, of the program or of the command, or the
environment's, as `lora-wizard` chooses it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from lora_eval.language import LANGUAGES, Language, choose_language, text

_KEY = "lora_eval.language"


def language_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--lang`. The command itself does not get it: it asks `spoken`."""
    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        callback=_keep,
        expose_value=False,
        is_eager=True,  # errors in other options are then written in it, too
        help="Language; from LANG unless given.",
    )(function)


def spoken() -> Language:
    """The language of the command that is running."""
    context = click.get_current_context(silent=True)
    asked = context.find_root().meta.get(_KEY) if context else None
    return choose_language(asked, os.environ)


def said(key: str, /, **values: object) -> str:
    """A text of the commands' catalogue in the language of the command that is running."""
    return text(f"commands.{key}", spoken(), **values)


def _keep(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.find_root().meta[_KEY] = value

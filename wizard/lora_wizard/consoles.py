"""Rich consoles whose text passes the gate of `lora_wizard.output`.

A table or a line that was laid out by Rich may hold text from files at any place. Its own escape
sequences (colours, the cursor) are segments of their own; every other segment is cleaned.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import rich.text
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from lora_wizard.output import steering
from lora_wizard.terminal_lines import use_line_breaks

__all__ = ["PlainTextConsole", "console"]

use_line_breaks(rich.text)

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""One column wide, so that a table's layout holds. `printable` gives escapes that can be read."""


class PlainTextConsole(Console):
    """A console in which no text steers the terminal.

    Plain strings are shown as they are: unless asked for, `[bold]` or `:star:` in a name is no
    markup.
    """

    def __init__(
        self, *, markup: bool = False, emoji: bool = False, highlight: bool = False, **options: Any
    ) -> None:
        super().__init__(markup=markup, emoji=emoji, highlight=highlight, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(_clean(text), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        if isinstance(renderable, Text) and _is_unclean(renderable.plain):
            renderable = renderable.copy()
            renderable.plain = _clean(renderable.plain)
        for segment in super().render(renderable, options):
            text, style, control = segment
            if control is None and text != "\n" and _is_unclean(text):
                yield Segment(_clean(text), style)
            else:
                yield segment


def console(*, stderr: bool = False, **options: Any) -> PlainTextConsole:
    """A console for a command's output.

    Args:
        stderr: Whether it writes to stderr.
        options: As `rich.console.Console` takes them.
    """
    return PlainTextConsole(stderr=stderr, **options)


def _is_unclean(text: str) -> bool:
    return any(match.group() != "\n" for match in steering.finditer(text))


def _clean(text: str) -> str:
    """Newlines stay, tabs become four spaces, the rest becomes `REPLACEMENT`."""
    return steering.sub(_replaced, text)


def _replaced(match: Any) -> str:
    letter = str(match.group())
    return letter if letter in "\n\t" else REPLACEMENT

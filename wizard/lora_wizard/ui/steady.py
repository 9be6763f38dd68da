"""Screens that keep still while the terminal's window is dragged to another size.

A screen that is laid out in a new size sends itself a resize event of that size. Where two sizes
are under way at once, each event lays the screen out anew and sends the next one: the sizes take
turns for ever, and no key is answered. Only the size that the app has now is worth a layout.
"""

from __future__ import annotations

from typing import Any, TypeVar

from textual.app import App
from textual.command import CommandPalette
from textual.events import Resize
from textual.screen import Screen

__all__ = ["SteadyPalette", "SteadyScreen"]

Result = TypeVar("Result")


class SteadyScreen(Screen[Result]):
    """A screen that passes over sizes which the app no longer has.

    The app notes its newest size before it tells the screens, so the event of that size always
    follows, and laying out twice in one size changes nothing.
    """

    async def _on_resize(self, event: Resize) -> None:
        if is_outdated(self, event):
            event.stop()
            event.prevent_default()


class SteadyPalette(CommandPalette):
    """The palette of commands, as steady as the screens below it."""

    @staticmethod
    def is_open(app: App[Any]) -> bool:
        """Whether a palette is shown now. Textual's own asks for an app without a result."""
        return isinstance(app.screen, CommandPalette)

    async def _on_resize(self, event: Resize) -> None:
        if is_outdated(self, event):
            event.stop()
            event.prevent_default()


def is_outdated(screen: Screen[Any], event: Resize) -> bool:
    """Whether a screen's resize event is of a size that its app no longer has."""
    return event.size != screen.app.size

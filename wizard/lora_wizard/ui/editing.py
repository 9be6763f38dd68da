"""Keys that edit a text, done in the order in which they come.

Textual runs a key that is bound (ctrl+u, backspace, the arrows) after it has gone up to the app,
but puts a letter in at once: what comes right behind ctrl+u in one burst, as a paste or a slow line
sends it, would be deleted. Here the field does its own keys itself.
"""

from __future__ import annotations

from textual import events
from textual.widget import Widget
from textual.widgets import Input

__all__ = ["LineInput", "do_own_key"]


async def do_own_key(field: Widget, event: events.Key) -> None:
    """Does a key that the field itself has bound, before the next one is looked at."""
    bound = field._bindings.key_to_bindings.get(event.key, [])
    if bound and not event.is_printable:
        event.stop()
        event.prevent_default()
        await field.run_action(bound[0].action)


class LineInput(Input):
    """A line of text."""

    async def _on_key(self, event: events.Key) -> None:
        # Textual calls the method of each class in turn: Input's own comes after this one.
        await do_own_key(self, event)

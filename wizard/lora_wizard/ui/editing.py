"""Keys that edit a text, done in the order in which they come.

Textual runs a key that is bound (ctrl+u, backspace, the arrows) after it has gone up to the app,
but puts a letter in at once: what comes right behind ctrl+u in one burst, as a paste or a slow line
sends it, would be deleted. Here the field does its own keys itself.
"""

from __future__ import annotations

from textual import events
from textual.widget import Widget
from textual.widgets import Input

__all__ = ["InOrder", "LineInput"]


class InOrder(Widget):
    """For fields: their own keys are done before the next one is looked at."""

    async def _on_key(self, event: events.Key) -> None:
        bound = self._bindings.key_to_bindings.get(event.key, [])
        if bound and not event.is_printable:
            event.stop()
            event.prevent_default()
            await self.run_action(bound[0].action)


class LineInput(InOrder, Input):
    """A line of text."""

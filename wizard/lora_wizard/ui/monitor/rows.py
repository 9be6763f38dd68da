"""Rows of characters on the screen: only those that changed are sent to the terminal."""

from __future__ import annotations

from rich.text import Text
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

__all__ = ["Line", "RowsView"]


class RowsView(Widget):
    """Rows of styled text, as they are; below them it is empty."""

    DEFAULT_CSS = "RowsView { height: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: list[Text] = []
        """What is shown."""

    def put(self, rows: list[Text]) -> None:
        """Shows rows in place of those before."""
        before, self.rows = self.rows, rows
        if len(before) != len(rows):
            self.refresh()
            return
        changed = [y for y, row in enumerate(rows) if row != before[y]]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """One row."""
        width = self.size.width
        if y >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        strip = Strip(self.rows[y].render(self.app.console))
        return strip.apply_style(self.rich_style).adjust_cell_length(width, self.rich_style)


class Line(Static):
    """Words in a room that does not grow with them; sent only where they changed.

    Args:
        id: Of the widget.
        classes: Of the widget.
    """

    def __init__(self, *, id: str, classes: str = "") -> None:
        super().__init__("", id=id, classes=classes, markup=False)

    def say(self, words: str | Text) -> None:
        """Shows words in place of those before."""
        if words != self.content:
            self.update(words, layout=False)

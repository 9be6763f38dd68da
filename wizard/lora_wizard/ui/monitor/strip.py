"""The newest samples beside the chart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from rich.text import Text
from textual import work
from textual.events import Resize
from textual.strip import Strip
from textual.widget import Widget

from lora_wizard.ui.drawing import picture_grid
from lora_wizard.ui.monitor.reading import thumbnail

__all__ = ["RowsView", "SampleStrip"]


class RowsView(Widget):
    """Rows of styled text, as they are; what is beyond them is empty."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: list[Text] = []
        """What is shown."""

    def put(self, rows: list[Text]) -> None:
        """Shows rows; sends nothing where they are shown already."""
        if rows != self.rows:
            self.rows = rows
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row."""
        width = self.size.width
        if y >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        strip = Strip(self.rows[y].render(self.app.console))
        return strip.apply_style(self.rich_style).adjust_cell_length(width, self.rich_style)


class SampleStrip(RowsView):
    """Pictures in a grid; hidden where there are none or none are wanted. Read in a thread."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.is_wanted = True
        """Whether pictures are drawn."""
        self._offered: tuple[Path, ...] = ()
        self._pictures: list[Image.Image] = []
        self._loaded: tuple[Path, ...] = ()
        self.display = False

    def offer(self, paths: Sequence[Path]) -> None:
        """Shows these pictures; does nothing where they are shown already."""
        self._offered = tuple(paths)
        self.display = self.is_wanted and bool(self._offered)
        if self.display and self._offered != self._loaded:
            self._load(self._offered)

    def toggle(self) -> None:
        """Shows or hides pictures."""
        self.is_wanted = not self.is_wanted
        self.offer(self._offered)

    def on_resize(self, event: Resize) -> None:
        """Draws anew in the new size."""
        self._draw()

    @work(thread=True, exclusive=True, group="pictures")
    def _load(self, paths: tuple[Path, ...]) -> None:
        found = [picture for picture in map(thumbnail, paths) if picture is not None]
        self.app.call_from_thread(self._take, paths, found)

    def _take(self, paths: tuple[Path, ...], pictures: list[Image.Image]) -> None:
        # One that is half written comes with the next look.
        self._loaded = paths if len(pictures) == len(paths) else ()
        self._pictures = pictures
        self._draw()

    def _draw(self) -> None:
        self.put(picture_grid(self._pictures, self.size.width, self.size.height))

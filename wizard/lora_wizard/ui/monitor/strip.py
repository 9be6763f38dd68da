"""The newest samples beside the chart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from textual import work
from textual.events import Resize

from lora_wizard.ui.drawing import picture_grid
from lora_wizard.ui.monitor.reading import thumbnail
from lora_wizard.ui.monitor.rows import RowsView

__all__ = ["SampleStrip"]


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

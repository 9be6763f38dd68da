"""The newest samples in a strip beside or under the chart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, UnidentifiedImageError
from rich.text import Text
from textual.widgets import Static

from lora_wizard.ui.drawing import picture_rows, side_by_side

__all__ = ["SampleStrip", "drawn", "load_pictures"]

_MOST = 4


class SampleStrip(Static):
    """Draws pictures side by side; takes no room where there are none or none are wanted."""

    is_wanted = True
    """Whether pictures are drawn at all."""

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self._offered: tuple[Path, ...] = ()
        self._drawn: tuple[tuple[Path, ...], int, int] | None = None
        self.display = False

    def offer(self, paths: Sequence[Path]) -> None:
        """Shows these pictures; sends nothing where they are shown already."""
        self._offered = tuple(paths[:_MOST])
        self.display = self.is_wanted and bool(self._offered)
        self.call_after_refresh(self._draw)

    def on_resize(self) -> None:
        """As large as there is room."""
        self._draw()

    def _draw(self) -> None:
        wanted = (self._offered, self.size.width, self.size.height)
        if not self.display or not self.size or wanted == self._drawn:
            return
        self._drawn = wanted
        self.update(drawn(load_pictures(self._offered), self.size.width, self.size.height))


def drawn(pictures: Sequence[Image.Image], width: int, height: int) -> Text:
    """Pictures side by side in a room of so many cells and lines, each with the same share."""
    if not pictures:
        return Text()
    share = max((width - (len(pictures) - 1)) // len(pictures), 1)
    rows = side_by_side([picture_rows(one, share, height) for one in pictures])
    return Text("\n").join(rows)


def load_pictures(paths: Sequence[Path]) -> list[Image.Image]:
    """The pictures that can be read; one that is just being written comes with the next look."""
    found = []
    for path in paths:
        try:
            with Image.open(path) as picture:
                found.append(picture.convert("RGB"))
        except (OSError, UnidentifiedImageError):
            continue
    return found

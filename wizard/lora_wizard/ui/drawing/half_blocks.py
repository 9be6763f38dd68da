"""Pictures as coloured half blocks: every terminal with true colour can show them, also in tmux."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image
from rich.color import Color
from rich.style import Style
from rich.text import Text

__all__ = ["picture_grid", "picture_rows", "side_by_side"]


def picture_rows(picture: Image.Image, width: int, height: int) -> list[Text]:
    """Rows of `▀`, each with the colours of two pixels one above the other.

    The picture keeps its shape: a pixel is as wide as a column and as high as half a row.

    Args:
        picture: Any mode; what is transparent is shown on white.
        width, height: Columns and rows to fill at most.
    """
    if width < 1 or height < 1:
        return []
    factor = min(width / picture.width, 2 * height / picture.height)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    size = (min(size[0], width), min(size[1], 2 * height))
    small = _opaque(picture).resize(size, Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.uint8)
    if pixels.shape[0] % 2:
        pixels = np.concatenate([pixels, pixels[-1:]])
    return [_row(upper, lower) for upper, lower in zip(pixels[::2], pixels[1::2], strict=True)]


def picture_grid(pictures: Sequence[Image.Image], width: int, height: int) -> list[Text]:
    """Pictures in rows and columns, arranged so that they become as large as can be.

    Args:
        pictures: Of about one shape.
        width, height: Columns and rows to fill at most.
    """
    if not pictures or width < 1 or height < 1:
        return []
    shape = pictures[0].width / pictures[0].height

    def side(across: int) -> float:
        """Columns that one picture gets."""
        down = -(-len(pictures) // across)
        wide, high = (width + 1) // across - 1, (height + 1) // down - 1
        return min(wide, 2 * high * shape)

    across = max(range(1, len(pictures) + 1), key=side)
    down = -(-len(pictures) // across)
    wide, high = max((width + 1) // across - 1, 1), max((height + 1) // down - 1, 1)
    rows: list[Text] = []
    for first in range(0, len(pictures), across):
        drawn = [picture_rows(one, wide, high) for one in pictures[first : first + across]]
        rows += [Text("", end="")] if rows else []
        rows += side_by_side(drawn)
    return rows[:height]


def side_by_side(pictures: Sequence[Sequence[Text]], gap: int = 1) -> list[Text]:
    """Several pictures in one, each as wide as its first row, from the top."""
    rows = []
    for number in range(max((len(picture) for picture in pictures), default=0)):
        row = Text(no_wrap=True, end="")
        for place, picture in enumerate(pictures):
            row.append(" " * gap if place else "")
            width = picture[0].cell_len if picture else 0
            row.append_text(picture[number] if number < len(picture) else Text(" " * width))
        rows.append(row)
    return rows


def _opaque(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    whole = picture.convert("RGBA")
    white = Image.new("RGBA", whole.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, whole).convert("RGB")


def _row(upper: np.ndarray, lower: np.ndarray) -> Text:
    """Neighbours of one colour share a style, so that little is sent."""
    row = Text(no_wrap=True, end="")
    start, colours = 0, np.concatenate([upper, lower], axis=1).tolist()
    for end in range(1, len(colours) + 1):
        if end == len(colours) or colours[end] != colours[start]:
            red, green, blue, *below = colours[start]
            style = Style(color=Color.from_rgb(red, green, blue), bgcolor=Color.from_rgb(*below))
            row.append("▀" * (end - start), style)
            start = end
    return row

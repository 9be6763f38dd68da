"""A page of pictures with what was wanted and what was read below each, made to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

_PAPER, _INK, _RIGHT, _WRONG = (250, 248, 244), (52, 48, 44), (46, 122, 66), (196, 44, 44)
_LINE_PX = 13


@dataclass(frozen=True, slots=True)
class Checked:
    """One attribute of one picture: the word asked for and the word read."""

    wanted: str
    read: str

    @property
    def obeyed(self) -> bool:
        return self.wanted == self.read


def checked_sheet(
    pictures: Sequence[Image.Image],
    checks: Sequence[Sequence[Checked]],
    *,
    columns: int = 8,
    cell_px: int = 160,
    title: str = "",
) -> Image.Image:
    """Pictures in rows, each with a line for every word asked of it.

    A word that was read is green; one that was not is red, followed by what was read instead.
    """
    lines = max(len(each) for each in checks)
    high = cell_px + lines * _LINE_PX + 14
    rows = -(-len(pictures) // columns)
    top = 44 if title else 12
    sheet = Image.new("RGB", (columns * (cell_px + 12) + 12, rows * high + top), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((12, 12), title, fill=_INK, font=ImageFont.load_default(18))
    font = ImageFont.load_default(11)
    for number, (picture, words) in enumerate(zip(pictures, checks, strict=True)):
        x = 12 + number % columns * (cell_px + 12)
        y = top + number // columns * high
        cell = picture.convert("RGB").resize((cell_px, cell_px), Image.Resampling.LANCZOS)
        sheet.paste(cell, (x, y))
        for line, check in enumerate(words):
            text = check.wanted if check.obeyed else f"{check.wanted}: {check.read}"
            place = (x + 2, y + cell_px + 3 + line * _LINE_PX)
            draw.text(place, text, fill=_RIGHT if check.obeyed else _WRONG, font=font)
    return sheet

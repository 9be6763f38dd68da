"""Contact sheets: pictures in labelled rows and columns, on one page made to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from PIL import Image, ImageDraw, ImageFont

from lora_wizard.language import wrapped

_PAPER = (250, 248, 244)
_INK = (52, 48, 44)
_FAINT = (122, 114, 106)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet."""

    label: str
    pictures: Sequence[Image.Image]
    """All of one size; rows may be of different lengths."""


def contact_sheet(
    rows: Sequence[SheetRow],
    *,
    columns: Sequence[str] = (),
    title: str = "",
    cell_px: int = 256,
    gap_px: int = 12,
) -> Image.Image:
    """Pictures laid out with their row labels at the left and column labels on top.

    Args:
        rows: at least one with at least one picture.
        columns: labels from the left; may be fewer than the pictures.
        title: a line above everything.
        cell_px: longer side of a picture on the sheet; small ones are enlarged to it smoothly.
        gap_px: blank space between pictures.
    """
    scale = cell_px / max(max(picture.size) for row in rows for picture in row.pictures)
    cells = [[_scaled(picture, scale) for picture in row.pictures] for row in rows]
    wide = max(cell.width for row in cells for cell in row)
    heights = [max((cell.height for cell in row), default=0) for row in cells]
    label_font, title_font = ImageFont.load_default(cell_px // 15), ImageFont.load_default(24)
    left = gap_px * 2 + (int(cell_px * 0.75) if any(row.label for row in rows) else 0)
    top = gap_px * 2 + (44 if title else 0) + (cell_px // 9 if columns else 0)
    count = max(len(row) for row in cells)
    size = (left + count * (wide + gap_px) + gap_px, top + sum(heights) + gap_px * (len(rows) + 1))
    sheet = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((gap_px * 2, gap_px * 2), title, fill=_INK, font=title_font)
    for number, label in enumerate(columns):
        centre = left + number * (wide + gap_px) + wide // 2
        draw.text((centre, top - gap_px), label, fill=_FAINT, font=label_font, anchor="ms")
    y = top
    for row, row_cells, height in zip(rows, cells, heights, strict=True):
        label = _wrapped(row.label, label_font, left - gap_px * 3)
        draw.multiline_text(
            (gap_px * 2, y + height // 2), label, fill=_INK, font=label_font, anchor="lm"
        )
        for number, cell in enumerate(row_cells):
            sheet.paste(cell, (left + number * (wide + gap_px), y))
        y += height + gap_px
    return sheet


def _scaled(picture: Image.Image, scale: float) -> Image.Image:
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """Text in lines that fit `width` pixels."""
    if not text or width <= 0:
        return text
    return "\n".join(wrapped(text, width, lambda line: ceil(font.getlength(line))))

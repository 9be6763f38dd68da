"""Lines as cells: a character and its look each. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment

from lora_wizard.output import steering
from lora_wizard.ui.wire.pen import PLAIN, Look, Looks

__all__ = ["BLANK", "CONTINUED", "Cell", "cells_of", "is_surely_wide_as_counted"]

Cell = tuple[str, Look]
"""Text of one cell; empty in the second column of a wide character."""

BLANK: Cell = (" ", PLAIN)
CONTINUED = ""


def cells_of(segments: Iterable[Segment], looks: Looks) -> list[Cell]:
    """The cells of a line, as many as Rich counts columns. Steering characters are left out."""
    found: list[Cell] = []
    for text, style, control in segments:
        if control:
            continue
        look = looks.of(style)
        if text.isascii() and text.isprintable():
            found += [(letter, look) for letter in text]
        else:
            found += _wide_cells(steering.sub("", text), look)
    return found


def _wide_cells(text: str, look: Look) -> list[Cell]:
    widths = [get_character_cell_size(letter) for letter in text]
    if 0 in widths or sum(widths) != cell_len(text):  # joined characters: one that is not divided
        columns = cell_len(text)
        return [(text, look), *[(CONTINUED, look)] * (columns - 1)][:columns]
    found: list[Cell] = []
    for letter, width in zip(text, widths, strict=True):
        found.append((letter, look))
        found += [(CONTINUED, look)] * (width - 1)
    return found


_SURE = (
    (0x20, 0x2FF),
    (0x370, 0x3FF),
    (0x400, 0x45F),
    (0x2010, 0x2027),
    (0x2500, 0x259F),
    (0x2800, 0x28FF),
    (0x3000, 0x3029),
    (0x3030, 0x303E),
    (0x3041, 0x3096),
    (0x309B, 0x30FF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xFF01, 0xFF60),
    (0xFFFD, 0xFFFD),
)


def is_surely_wide_as_counted(text: str) -> bool:
    """Whether every terminal gives a cell's text as many columns as Rich counts.

    Emoji and joined characters differ from terminal to terminal.
    """
    if text.isascii():
        return True
    code = ord(text) if len(text) == 1 else 0
    return any(first <= code <= last for first, last in _SURE)

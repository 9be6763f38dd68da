"""As much of a terminal as tests need: what stands where after the bytes that were written."""

from __future__ import annotations

import re

from rich.cells import cell_len

__all__ = ["TerminalModel"]

_PIECES = re.compile(
    r"\x1b\[(?P<mark>[?<=>]?)(?P<numbers>[\d;:]*)[ -/]*(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP.*?\x1b\\|\x1b[ -/]*[0-Z\\^-~]|.",
    re.DOTALL,
)


class TerminalModel:
    """Moves, erasures and characters; colours are passed over.

    Args:
        columns, rows: Its size.
        blank: What a cell shows that nobody has written.
    """

    def __init__(self, columns: int, rows: int, *, blank: str = " ") -> None:
        self.columns, self._blank = columns, blank
        self.rows = [[blank] * columns for _ in range(rows)]
        self.x = self.y = 0

    @property
    def text(self) -> str:
        """The lines as one reads them."""
        return "\n".join("".join(row).rstrip() for row in self.rows)

    def shown_after(self, words: str) -> str:
        """The lines after these words too, which are not kept."""
        rows, x, y = [row.copy() for row in self.rows], self.x, self.y
        self.feed(words)
        text = self.text
        self.rows, self.x, self.y = rows, x, y
        return text

    def feed(self, words: str) -> None:
        """Takes what was written; whole sequences."""
        for found in _PIECES.finditer(words):
            piece, final = found.group(), found.group("final")
            if final:
                self._control(found.group("mark") + final, found.group("numbers"))
            elif piece == "\r":
                self.x = 0
            elif piece == "\n":
                self.y = min(self.y + 1, len(self.rows) - 1)
            elif piece >= " " and not piece.startswith("\x1b"):
                self._put(piece)

    def _control(self, name: str, numbers: str) -> None:
        first, *rest = [int(number or 1) for number in re.split("[;:]", numbers)]
        if name == "H":
            self.y, self.x = first - 1, (rest[0] if rest else 1) - 1
        elif name == "C":
            self.x += first
        elif name == "J" or (name in ("?h", "?l") and first == 1049):
            for row in self.rows:
                row[:] = [self._blank] * self.columns

    def _put(self, character: str) -> None:
        width = cell_len(character)
        if self.x + width > self.columns or self.y >= len(self.rows):
            return
        if width == 0:
            self.rows[self.y][self.x - 1] += character
            return
        self.rows[self.y][self.x] = character
        if width == 2:
            self.rows[self.y][self.x + 1] = ""
        self.x += width

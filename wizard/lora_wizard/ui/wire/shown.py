"""What the terminal shows, and what it should show; the bytes between them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len
from rich.segment import Segment

from lora_wizard.ui.wire.cells import BLANK, CONTINUED, Cell, cells_of, is_surely_wide_as_counted
from lora_wizard.ui.wire.pen import PLAIN, Look, Looks

__all__ = ["Shown"]

_SHORT_GAP = 4
"""Unchanged cells that cost no more than to pass over them."""

_UNKNOWN: Cell = ("\0", PLAIN)
"""A cell of which nobody knows what it shows. Equal to no other."""


class Shown:
    """A screen of cells: `put` what it should show, take the `changes` to it.

    Args:
        looks: Of the styles on this terminal.
    """

    def __init__(self, looks: Looks) -> None:
        self.looks = looks
        self.size = (0, 0)
        """Columns and rows."""
        self._wanted: list[list[Cell]] = []
        self._there: list[list[Cell]] = []
        self._dirty: set[int] = set()
        self._cursor: tuple[int, int] | None = None
        """Column and row as far as known."""

    def resize(self, columns: int, rows: int) -> None:
        """Another size: the terminal has moved its lines in its own way, so nothing is known."""
        if self.size != (columns, rows):
            kept = [row[:columns] for row in self._wanted[:rows]]
            kept += [[] for _ in range(rows - len(kept))]
            self._wanted = [row + [BLANK] * (columns - len(row)) for row in kept]
            self.size = (columns, rows)
            self.forget()

    def forget(self) -> None:
        """Something else may have written on the terminal."""
        columns, rows = self.size
        self._there = [[_UNKNOWN] * columns for _ in range(rows)]
        self._dirty = set(range(rows))
        self._cursor = None

    def put(self, x: int, y: int, segments: Iterable[Segment], end: int | None = None) -> None:
        """From column `x` of row `y` on these segments should be seen, up to column `end`."""
        columns, rows = self.size
        if not 0 <= y < rows or x >= columns:
            return
        cells = cells_of(segments, self.looks)[: min(columns, end or columns) - x]
        if cells and _is_wide(cells[-1][0]):  # cut in two
            cells[-1] = (" ", cells[-1][1])
        row = self._wanted[y]
        if cells and row[x : x + len(cells)] != cells:
            row[x : x + len(cells)] = cells
            _mend(row, x, x + len(cells))
            self._dirty.add(y)

    @property
    def is_changed(self) -> bool:
        """Whether the terminal may show something else than it should."""
        return bool(self._dirty)

    def changes(self, most: int | None = None) -> str:
        """What to send. Where it is more than `most` bytes, part of it: short rows come first.

        What is left comes with the next call. At least one row's change is given.
        """
        chosen = sorted(self._dirty)
        if most is not None:
            costs = {y: self._cost(y) for y in chosen}
            room = most
            kept: list[int] = []
            for y in sorted(chosen, key=lambda y: (costs[y], y)):
                if kept and costs[y] > room:
                    break
                room -= costs[y]
                kept.append(y)
            chosen = sorted(kept)
        writer = _Writer(self._cursor, self.size[0])
        for y in chosen:
            self._write_row(writer, y)
            self._there[y] = self._wanted[y].copy()
            self._dirty.discard(y)
        writer.rest()
        self._cursor = writer.cursor
        return "".join(writer.parts)

    def move_to(self, x: int, y: int) -> str:
        """What to send for the cursor to stand there; empty where it does."""
        if self._cursor == (x, y):
            return ""
        self._cursor = (x, y)
        return f"\x1b[{y + 1};{x + 1}H"

    def _cost(self, y: int) -> int:
        writer = _Writer(None, self.size[0])
        self._write_row(writer, y)
        return sum(len(part.encode(errors="replace")) for part in writer.parts)

    def _write_row(self, writer: _Writer, y: int) -> None:
        there, wanted = self._there[y], self._wanted[y]
        for start, end in _runs(there, wanted):
            writer.go(start, y)
            for x in range(start, end):
                writer.write(wanted[x], x, y)


class _Writer:
    """Gathers sequences, and keeps in mind where the cursor is and how it draws."""

    def __init__(self, cursor: tuple[int, int] | None, columns: int) -> None:
        self.parts: list[str] = []
        self.cursor = cursor
        self._columns = columns
        self._look: Look = PLAIN

    def go(self, x: int, y: int) -> None:
        if self.cursor == (x, y):
            return
        before = self.cursor
        if before is not None and before[1] == y and x > before[0]:
            self.parts.append(f"\x1b[{x - before[0]}C" if x - before[0] > 1 else "\x1b[C")
        elif before is not None and x == 0 and before[1] == y - 1:
            self.parts.append("\r\n")
        else:
            self.parts.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        self.cursor = (x, y)

    def write(self, cell: Cell, x: int, y: int) -> None:
        text, look = cell
        if text == CONTINUED:
            if self.cursor is not None:
                self.cursor = (x + 1, y) if x + 1 < self._columns else None
            return
        if self.cursor is None:
            self.parts.append(f"\x1b[{y + 1};{x + 1}H")
        if look is not self._look:
            self.parts.append(look.after(self._look))
            self._look = look
        self.parts.append(text)
        # At the right edge terminals differ on where the cursor stands.
        known = is_surely_wide_as_counted(text) and x + 1 < self._columns
        self.cursor = (x + 1, y) if known else None

    def rest(self) -> None:
        """Leaves a plain pen: what others write later is drawn with it."""
        self.parts.append(PLAIN.after(self._look))
        self._look = PLAIN


def _runs(there: list[Cell], wanted: list[Cell]) -> list[tuple[int, int]]:
    """The parts of a row that changed: from where to before where, whole characters each."""
    found: list[tuple[int, int]] = []
    count = len(wanted)
    x = 0
    while x < count:
        if there[x] == wanted[x]:
            x += 1
            continue
        start = x
        while start > 0 and wanted[start][0] == CONTINUED:
            start -= 1
        while x < count and (there[x] != wanted[x] or wanted[x][0] == CONTINUED):
            x += 1
        if found and start - found[-1][1] <= _SHORT_GAP and _is_cheap(wanted, found[-1][1], start):
            found[-1] = (found[-1][0], x)
        else:
            found.append((start, x))
    return found


def _is_cheap(cells: list[Cell], start: int, end: int) -> bool:
    """Whether these unchanged cells are drawn as their neighbours: no change of the pen."""
    look = cells[start - 1][1]
    return all(cell[1] is look and cell[0].isascii() for cell in cells[start:end])


def _mend(row: list[Cell], start: int, end: int) -> None:
    """A wide character of which one half was overwritten leaves a blank in the other."""
    if start > 0 and row[start][0] != CONTINUED and start < len(row):
        before = start - 1
        if row[before][0] not in (CONTINUED,) and _is_wide(row[before][0]):
            row[before] = (" ", row[before][1])
    while end < len(row) and row[end][0] == CONTINUED:
        row[end] = (" ", row[end][1])
        end += 1


def _is_wide(text: str) -> bool:
    return not text.isascii() and cell_len(text) > 1

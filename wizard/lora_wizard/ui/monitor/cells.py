"""Samples as a grid, a column for each step and a row for each prompt: what is shown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from lora_wizard.runs import Sample
from lora_wizard.ui.drawing import picture_rows

__all__ = ["Grid", "Place", "draw_grid", "draw_names", "shown_part"]

_LEAST_WIDTH = 20
_LEAST_HEIGHT = 9
"""Columns and rows below which a picture shows nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """One cell."""

    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Grid:
    """All samples, or some of them."""

    steps: tuple[int, ...] = ()
    prompts: tuple[str, ...] = ()
    cells: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Files, relative to the run folder, by step and row."""
    first_row: int = 0
    """Which row of the whole the first one is."""
    first_column: int = 0

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Grid:
        """Each step's samples in their order: a prompt may stand twice, with another seed."""
        cells: dict[tuple[int, int], str] = {}
        prompts: list[str] = []
        rows: dict[int, list[str]] = {}
        for sample in samples:
            of_step = rows.setdefault(sample.step, [])
            if sample.path in of_step:  # sampled again by request, into the same file
                continue
            row = len(of_step)
            of_step.append(sample.path)
            cells[sample.step, row] = sample.path
            if row == len(prompts):
                prompts.append(sample.prompt)
        return cls(tuple(sorted(rows)), tuple(prompts), cells)

    def nearest(self, place: Place) -> Place:
        """The place itself, or the one at the edge that it lies beyond."""
        return Place(
            min(max(place.column, 0), len(self.steps) - 1),
            min(max(place.row, 0), len(self.prompts) - 1),
        )

    def path(self, place: Place) -> str | None:
        """The file of a cell; None where nothing was drawn."""
        return self.cells.get((self.steps[place.column], place.row))

    def only(self, place: Place) -> Grid:
        """One cell."""
        return self.part(range(place.column, place.column + 1), range(place.row, place.row + 1))

    def part(self, columns: range, rows: range) -> Grid:
        """Some neighbouring columns and rows."""
        steps = self.steps[columns.start : columns.stop]
        prompts = self.prompts[rows.start : rows.stop]
        kept = {
            (step, row - rows.start): self.cells[step, row]
            for step in steps
            for row in rows
            if (step, row) in self.cells
        }
        return Grid(steps, prompts, kept, rows.start, columns.start)

    @property
    def names(self) -> tuple[str, ...]:
        """All files."""
        return tuple(self.cells.values())


def shown_part(grid: Grid, place: Place, width: int, height: int) -> Grid:
    """As many cells as there is room for, around the cursor; steps before prompts."""
    rows = max(min(len(grid.prompts), height // _LEAST_HEIGHT), 1)
    high = height // rows
    wide = max(2 * (high - 1), _LEAST_WIDTH)  # a square picture is twice as many columns as rows
    columns = max(min(len(grid.steps), (width + 1) // (wide + 1)), 1)
    return grid.part(
        _window(place.column, columns, len(grid.steps)),
        _window(place.row, rows, len(grid.prompts)),
    )


def draw_grid(
    part: Grid,
    place: Place,
    pictures: Mapping[str, Image.Image | None],
    width: int,
    height: int,
    *,
    plain: bool = False,
) -> list[Text]:
    """The cells, each under its step; the one under the cursor has a mark and a bold step.

    Args:
        part: What is shown.
        place: Of the cursor, in the whole grid.
        pictures: By file; None where it is not read yet, or cannot be.
        width, height: Columns and rows to fill at most.
        plain: Without any words, for one picture over the whole screen.
    """
    head = 0 if plain else 1
    high = max(height // max(len(part.prompts), 1) - head, 1)
    wide = max((width + 1) // max(len(part.steps), 1) - 1, 1)
    found: list[Text] = []
    for row in range(len(part.prompts)):
        lines = [Text(no_wrap=True, end="") for _ in range(head + high)]
        for column, step in enumerate(part.steps):
            here = Place(part.first_column + column, part.first_row + row) == place
            for line, words in zip(
                lines,
                _cell(part.cells.get((step, row)), step, pictures, wide, high, here, head),
                strict=True,
            ):
                line.append(" " if column else "")
                line.append_text(words)
        found += lines
    return found[:height]


def draw_names(grid: Grid, place: Place, width: int, height: int) -> list[Text]:
    """The files in place of pictures, a line for each; the one under the cursor has a mark."""
    places = [
        Place(column, row) for column in range(len(grid.steps)) for row in range(len(grid.prompts))
    ]
    at = places.index(place)
    found = []
    for number in _window(at, max(height, 1), len(places)):
        one = places[number]
        words = f"{'>' if one == place else ' '} {grid.path(one) or '-'}"
        found.append(_line(words, width, "bold" if one == place else ""))
    return found


def _cell(
    name: str | None,
    step: int,
    pictures: Mapping[str, Image.Image | None],
    wide: int,
    high: int,
    here: bool,
    head: int,
) -> list[Text]:
    """One picture with its step above it, in exactly so many columns and rows."""
    title = _line(f"{'>' if here else ' '} {step}", wide, "bold reverse" if here else "dim")
    picture = pictures.get(name) if name else None
    rows = picture_rows(picture, wide, high) if picture else []
    for row in rows:
        row.append(" " * (wide - cell_len(row.plain)))
    rows += [Text(" " * wide) for _ in range(high - len(rows))]
    return [title, *rows][1 - head :]


def _window(at: int, size: int, count: int) -> range:
    """`size` neighbours of `count`, with `at` in their midst where that goes."""
    first = min(max(at - size // 2, 0), max(count - size, 0))
    return range(first, min(first + size, count))


def _line(words: str, width: int, style: str) -> Text:
    return Text(set_cell_size(words, width), style, no_wrap=True, end="")

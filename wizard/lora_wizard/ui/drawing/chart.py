"""A loss curve in characters: every loss as a dot, and a smoothed line over them. Pure.

Pictures held out have a line of their own, in another colour.

Braille dots give eight places a character, and a dot that was set stays: thousands of steps in a
few columns lose no spike. The smoothed line is as fine, connected and bold, and the scale follows
it: single losses scatter far wider than their mean moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.text import Text

from lora_wizard.ui.drawing.scale import Scale, last_shown_step, loss_scale, step_ticks

__all__ = ["ChartLook", "render_chart", "smoothed_line"]

_BRAILLE_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"""By row and column within a character."""

_STYLES = {
    "dot": "cyan",
    "line": "bold bright_yellow",
    "held": "bold magenta",
    "mark": "yellow",
    "axis": "bright_black",
}
_LEAST_WIDTH = 20
_LEAST_HEIGHT = 5
"""Below these there is no room for an axis."""
_LARGEST = 1e100
"""A loss beyond it is drawn there: diverged is diverged."""


@dataclass(frozen=True, slots=True)
class ChartLook:
    """How a chart is drawn."""

    logarithmic: bool = False
    decay: float = 0.98
    """Of the smoothed line, in `[0, 1)`; 0 for none."""
    ascii: bool = False


def smoothed_line(
    losses: Sequence[float] | NDArray[np.float64], decay: float
) -> NDArray[np.float64]:
    """`runs.summary.smoothed` of the losses up to each: the last is the number that is shown.

    Not a number before the first finite loss.
    """
    mean = weight = 0.0
    line = np.full(len(losses), np.nan)
    for index, loss in enumerate(np.asarray(losses, dtype=np.float64).tolist()):
        if loss - loss == 0:  # finite, at a tenth of the cost of asking numpy
            mean = decay * mean + (1 - decay) * loss
            weight = decay * weight + (1 - decay)
        if weight:
            line[index] = mean / weight
    return line


def render_chart(
    losses: Sequence[tuple[int, float]],
    width: int,
    height: int,
    *,
    total: int = 0,
    look: ChartLook | None = None,
    held_out: Sequence[tuple[int, float]] = (),
) -> list[Text]:
    """The chart in exactly `height` rows of at most `width` columns.

    Losses far from all others are marked with `^` or `v` at the edge, and those that are no number
    with `!` at the top.

    Args:
        losses: (step, loss), in order; losses may be infinite or not numbers.
        width, height: In characters.
        total: Steps of the whole run; 0 while not known.
        look: How it is drawn.
        held_out: The same for pictures that are not trained on: a line of its own, unsmoothed.
    """
    look = look or ChartLook()
    if width < 1 or height < 1:
        return [Text("", end="") for _ in range(max(height, 0))]
    has_axes = width >= _LEAST_WIDTH and height >= _LEAST_HEIGHT
    rows = height - 2 if has_axes else height
    steps = np.array([step for step, _ in losses], dtype=np.float64)
    values = _drawable(np.array([loss for _, loss in losses], dtype=np.float64))
    apart = np.array(held_out, dtype=np.float64).reshape(-1, 2)
    apart[:, 1] = _drawable(apart[:, 1])
    # Few points beside thousands: they decide the scale as much as those do.
    weighty = np.resize(apart[:, 1], max(values.size, len(apart))) if len(apart) else apart[:, 1]
    finite = np.concatenate([values, weighty])
    finite = finite[np.isfinite(finite)]
    ticks = max(2, rows // 3 + 1)
    usual = loss_scale(finite, logarithmic=look.logarithmic, most_ticks=ticks)
    line = smoothed_line(values, look.decay) if look.decay > 0 else values[:0]
    near = _near_line(finite, np.concatenate([line, apart[:, 1]])) if look.decay > 0 else finite
    scale = loss_scale(near, logarithmic=look.logarithmic, most_ticks=ticks)
    labels = _labels(scale, rows) if has_axes else {}
    margin = max(map(len, labels.values()), default=0) + 1 if has_axes else 0
    end = last_shown_step(int(steps.max()) if steps.size else 0, total)
    plot = _Plot.empty(width - margin, rows, end, scale)
    plot.add_dots(steps, values, usual, ascii=look.ascii)
    if look.decay > 0:
        plot.add_line(steps, line, ascii=look.ascii)
    plot.add_line(apart[:, 0], apart[:, 1], ascii=look.ascii, kind="held")
    texts = [_row(plot, row, labels, margin, ascii=look.ascii) for row in range(rows)]
    return [*texts, *_step_axis(end, margin, width - margin, ascii=look.ascii)][:height]


def _near_line(values: NDArray[np.float64], line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values with those far above and below the smoothed line brought near to it.

    The line takes at least a third of the height: single losses scatter far wider than it moves.
    The first losses, of which it is no mean yet, decide nothing once there are more.
    """
    known = line[np.isfinite(line)]
    known = known[known.size // 20 :]
    if known.size == 0:
        return values
    low, high = float(known.min()), float(known.max())
    room = max(high - low, 0.05 * abs(high))
    return np.clip(values, low - room, high + room)


def _drawable(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Finite values cut to what sums of them still fit into; others as they are."""
    return np.where(np.isfinite(values), np.clip(values, -_LARGEST, _LARGEST), values)


@dataclass(slots=True)
class _Plot:
    """Characters and what they are, `(rows, columns)` each."""

    characters: NDArray[np.str_]
    kinds: NDArray[np.str_]
    end: int
    scale: Scale

    @classmethod
    def empty(cls, columns: int, rows: int, end: int, scale: Scale) -> _Plot:
        return cls(
            np.full((rows, columns), " ", "<U1"), np.full((rows, columns), "dot", "<U4"), end, scale
        )

    def add_dots(
        self,
        steps: NDArray[np.float64],
        values: NDArray[np.float64],
        usual: Scale,
        *,
        ascii: bool,
    ) -> None:
        """The losses; those outside the `usual` scale are marked, others outside are left out."""
        rows, columns = self.characters.shape
        finite = np.isfinite(values)
        share = self.scale.share(values[finite])
        across = self._across(steps, 2 * columns)
        within = (share >= -1e-9) & (share <= 1 + 1e-9)
        x, y = across[finite][within], _down(share[within], 4 * rows)
        bits = np.zeros((rows, columns), dtype=np.int64)
        np.bitwise_or.at(bits, (y // 4, x // 2), _BRAILLE_BITS[y % 4, x % 2])
        if ascii:
            self.characters[bits > 0] = "."
        else:
            glyphs = np.array([chr(0x2800 + bit) for bit in range(256)])
            self.characters[bits > 0] = glyphs[bits[bits > 0]]
        columns_of = across // 2
        far = usual.share(values[finite])
        above, below = (share > 1 + 1e-9) & (far > 1 + 1e-9), (share < -1e-9) & (far < -1e-9)
        self._mark(columns_of[finite][above], 0, "^")
        self._mark(columns_of[finite][below], rows - 1, "v")
        self._mark(columns_of[~finite], 0, "!")

    def add_line(
        self,
        steps: NDArray[np.float64],
        line: NDArray[np.float64],
        *,
        ascii: bool,
        kind: str = "line",
    ) -> None:
        known = np.isfinite(line)
        if not known.any():
            return
        rows, columns = self.characters.shape
        if not ascii:
            columns *= 2
        fine = rows if ascii else 4 * rows
        across = self._across(steps[known], columns)
        share = np.clip(self.scale.share(line[known]), 0, 1)
        last = np.flatnonzero(np.append(np.diff(across) > 0, True))  # of each column
        x, y = across[last], _down(share[last], fine)
        filled = np.arange(x[0], x[-1] + 1)
        places = np.rint(np.interp(filled, x, y)).astype(np.int64)
        halves = np.zeros((fine, columns), dtype=bool)
        before = int(places[0])
        for column, place in zip(filled.tolist(), places.tolist(), strict=True):
            halves[_joined(before, place), column] = True
            before = place
        if ascii:
            self._put(halves, "o" if kind == "held" else "*", kind)
            return
        y_set, x_set = np.nonzero(halves)
        bits = np.zeros((rows, columns // 2), dtype=np.int64)
        np.bitwise_or.at(bits, (y_set // 4, x_set // 2), _BRAILLE_BITS[y_set % 4, x_set % 2])
        for bit in np.unique(bits[bits > 0]).tolist():
            self._put(bits == bit, chr(0x2800 + bit), kind)

    def _across(self, steps: NDArray[np.float64], columns: int) -> NDArray[np.int64]:
        return np.clip(steps / self.end * columns, 0, columns - 1).astype(np.int64)

    def _mark(self, columns: NDArray[np.int64], row: int, character: str) -> None:
        self.characters[row, columns] = character
        self.kinds[row, columns] = "mark"

    def _put(self, places: NDArray[np.bool_], character: str, kind: str) -> None:
        places = places & (self.kinds != "mark")
        self.characters[places] = character
        self.kinds[places] = kind


def _joined(before: int, place: int) -> slice:
    """From the neighbour's height, without it, to this one."""
    if place > before:
        return slice(before + 1, place + 1)
    return slice(place, before) if place < before else slice(place, place + 1)


def _down(share: NDArray[np.float64], rows: int) -> NDArray[np.int64]:
    return np.clip((1 - share) * rows, 0, rows - 1).astype(np.int64)


def _labels(scale: Scale, rows: int) -> dict[int, str]:
    """The words of each row that has any."""
    places = _down(scale.share(np.array(scale.ticks)), rows).tolist()
    gap = scale.ticks[1] - scale.ticks[0] if len(scale.ticks) > 1 else 1.0
    digits = max(0, -int(np.floor(np.log10(gap) + 1e-9))) if not scale.logarithmic else None
    found: dict[int, str] = {}
    for place, tick in zip(places, scale.ticks, strict=True):
        plain = digits is not None and digits <= 5 and abs(tick) < 1e5
        found.setdefault(place, f"{tick:.{digits}f}" if plain else f"{tick:.3g}")
    return found


def _row(plot: _Plot, row: int, labels: dict[int, str], margin: int, *, ascii: bool) -> Text:
    text = Text(no_wrap=True, end="")
    if margin:
        label = labels.get(row, "")
        edge = ("+" if label else "|") if ascii else ("┤" if label else "│")
        text.append(label.rjust(margin - 1) + edge, _STYLES["axis"])
    characters, kinds = plot.characters[row].tolist(), plot.kinds[row].tolist()
    start = 0
    for end in range(1, len(kinds) + 1):
        if end == len(kinds) or kinds[end] != kinds[start]:
            text.append("".join(characters[start:end]), _STYLES[kinds[start]])
            start = end
    text.rstrip()
    return text


def _step_axis(end: int, margin: int, columns: int, *, ascii: bool) -> list[Text]:
    """The line below the chart, and the steps below the line."""
    if not margin:
        return []
    line = ["-" if ascii else "─"] * columns
    words = [" "] * columns
    for tick in step_ticks(end, max(2, columns // 12)):
        column = min(round(tick / end * columns), columns - 1)
        line[column] = "+" if ascii else "┬"
        label = str(tick)
        first = min(max(column - len(label) // 2, 0), columns - len(label))
        if first >= 0 and not "".join(words[max(first - 1, 0) : first + len(label)]).strip():
            words[first : first + len(label)] = label
    corner = "+" if ascii else "└"
    style = _STYLES["axis"]
    return [
        Text(" " * (margin - 1) + corner + "".join(line), style, no_wrap=True, end=""),
        Text((" " * margin + "".join(words)).rstrip(), style, no_wrap=True, end=""),
    ]

"""Which part of the numbers a chart shows, and which round values it names. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Scale", "last_shown_step", "loss_scale", "step_ticks"]

_FENCE = 3.0
"""So many times the middle half's width may a loss lie beyond it before it is clipped."""

_FEWEST_STEPS = 40
"""Steps that the chart has room for at least."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A range of losses, linear or logarithmic, and the round values that are named in it."""

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool

    def share(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where finite values lie: 0 at the lower end, 1 at the upper; beyond where they do."""
        low, high = self._place(np.array([self.low, self.high]))
        shares: NDArray[np.float64] = (self._place(values) - low) / (high - low)
        return shares

    def _place(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self.logarithmic:
            return values
        tiny = float(np.finfo(np.float64).tiny)
        return np.asarray(np.log10(np.maximum(values, tiny)), dtype=np.float64)


def loss_scale(values: NDArray[np.float64], *, logarithmic: bool, most_ticks: int) -> Scale:
    """A range that shows nearly all, with round ends so that it seldom changes.

    A few losses far from the others are left outside: they would flatten all that one looks for.

    Args:
        values: Finite losses; may be empty.
        logarithmic: Whether each decade takes the same room. Losses of 0 and less then lie below.
        most_ticks: How many values may be named, at least 2.
    """
    shown = values[values > 0] if logarithmic else values
    if shown.size == 0:
        return Scale(0.1, 1.0, (0.1, 1.0), True) if logarithmic else _linear(0.0, 1.0, most_ticks)
    places = np.log10(shown) if logarithmic else shown
    lower, upper = np.quantile(places, [0.25, 0.75])
    room = _FENCE * (upper - lower)
    low = max(float(places.min()), float(lower - room))
    high = min(float(places.max()), float(upper + room))
    return _decades(low, high, most_ticks) if logarithmic else _linear(low, high, most_ticks)


def last_shown_step(last: int, total: int) -> int:
    """Where the chart's axis ends: at `total`, or at the half, the quarter, ... of it.

    Most of the chart is used, yet it does not shift with every step.
    """
    end = max(total, last)
    if total < last or total == 0:
        end = _FEWEST_STEPS
        while end < last:
            end *= 2
    while end // 2 >= max(last, _FEWEST_STEPS):
        end = -(-end // 2)
    return max(end, 1)


def step_ticks(end: int, most: int) -> tuple[int, ...]:
    """Round steps from 0 to `end`, at most so many and at least 0."""
    gap = 1
    while end // gap + 1 > max(most, 1):
        gap = round(_round_gap(gap * 1.5))
    return tuple(range(0, end + 1, gap))


def _linear(low: float, high: float, most_ticks: int) -> Scale:
    if not math.isfinite(high - low):  # such losses do not fit into a float together
        low, high = low / 4, high / 4
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
        room = 0.5 * abs(high) or 0.5
        low, high = low - room, high + room
    gap = _round_gap((high - low) / max(most_ticks, 1))
    while math.floor(high / gap) - math.ceil(low / gap) + 1 > max(most_ticks, 2):
        gap = _round_gap(gap * 1.5)
    half = gap / 2
    first, last = math.floor(low / half + 1e-9) * half, math.ceil(high / half - 1e-9) * half
    numbers = range(math.ceil(first / gap - 1e-9), math.floor(last / gap + 1e-9) + 1)
    return Scale(first, last, tuple(number * gap for number in numbers), False)


def _decades(low: float, high: float, most_ticks: int) -> Scale:
    """`low` and `high` are powers of ten."""
    first, last = math.floor(low + 1e-9), math.ceil(high - 1e-9)
    first = first - 1 if first == last else first
    series = [(power, digit) for power in range(first, last + 1) for digit in (1, 2, 5)]
    named = [(power + math.log10(digit), digit) for power, digit in series]
    below = [place for place, _ in named if place <= low + 1e-9]
    above = [place for place, _ in named if place >= high - 1e-9]
    start, end = below[-1], above[0]
    if end - start < 0.2:
        start, end = start - 0.3, end + 0.3
    inside = [place for place, _ in named if start - 1e-9 <= place <= end + 1e-9]
    if len(inside) > most_ticks:
        whole = [place for place, digit in named if digit == 1 and place in inside]
        every = max(1, math.ceil(len(whole) / most_ticks))
        inside = whole[::every] if len(whole) > 1 else [inside[0], inside[-1]]
    ticks = tuple(_power(place) for place in inside)
    return Scale(_power(start), _power(end), ticks, True)


def _power(place: float) -> float:
    return float(10.0 ** min(max(place, -307.0), 308.0))


def _round_gap(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, ... and their like below 1 that is at least `least`."""
    power = 10.0 ** math.floor(math.log10(max(least, 1e-300)))
    return next(power * digit for digit in (1, 2, 5, 10) if power * digit >= least * (1 - 1e-9))

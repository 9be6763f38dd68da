"""How long a run will still take, from how long its parts took so far. Pure."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["LEAST_STEPS", "Pauses", "time_left"]

LEAST_STEPS = 10
"""Before so many steps an estimate would jump about, and none is given."""

_COUNTED = ("sampling", "saving")


@dataclass(slots=True)
class Pauses:
    """How long each past sampling and saving took, in seconds."""

    past: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in _COUNTED})
    _open: tuple[str, float] | None = None

    def enter(self, name: str, time: float) -> None:
        """A phase begins at `time`, and the one before it ends."""
        self.leave(time)
        if name in _COUNTED:
            self._open = (name, time)

    def leave(self, time: float) -> None:
        """The phase that is open, if any, ends at `time`."""
        if self._open is not None:
            name, since = self._open
            self.past[name].append(max(time - since, 0.0))
            self._open = None

    def forget_open(self) -> None:
        """The open phase was cut off by the end of its process and says nothing."""
        self._open = None

    def mean(self, name: str) -> float:
        """Mean seconds of one such phase; 0 where none was seen yet."""
        past = self.past[name]
        return statistics.fmean(past) if past else 0.0


def time_left(
    durations: Sequence[float],
    *,
    steps_left: int,
    pauses: Pauses,
    samplings_left: int,
    savings_left: int,
) -> float:
    """About how many seconds are left.

    The median, not the mean, of the last steps: the first step after a pause is slow.

    Args:
        durations: Seconds of the last steps, at least one.
        steps_left, samplings_left, savings_left: What is still to come.
        pauses: What the past samplings and savings took.
    """
    return (
        statistics.median(durations) * steps_left
        + pauses.mean("sampling") * samplings_left
        + pauses.mean("saving") * savings_left
    )

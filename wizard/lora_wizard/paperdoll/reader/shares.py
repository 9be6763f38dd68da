"""A share that was counted, and how far chance may have moved it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""Half width of the middle 95 % of the normal distribution, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`."""

    count: int
    total: int

    @classmethod
    def of(cls, outcomes: Iterable[bool]) -> Share:
        """The share of outcomes that are true."""
        listed = list(outcomes)
        return cls(sum(listed), len(listed))

    @property
    def value(self) -> float:
        """In 0..1; not a number where nothing was counted."""
        return self.count / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return wilson(self.count, self.total)

    def __str__(self) -> str:
        """Such as `92.4 % (89.8 to 94.4) of 512`."""
        if not self.total:
            return "none to count"
        low, high = self.interval
        return f"{self.value:.1%} ({low * 100:.1f} to {high * 100:.1f}) of {self.total}".replace(
            "%", " %"
        )

    def as_json(self) -> dict[str, float | int | None]:
        """Count, total, share and interval; the last three null where nothing was counted."""
        low, high = self.interval
        counted = self.total > 0
        return {
            "count": self.count,
            "total": self.total,
            "share": round(self.value, 5) if counted else None,
            "low": round(low, 5) if counted else None,
            "high": round(high, 5) if counted else None,
        }


def wilson(count: int, total: int, z: float = Z_95) -> tuple[float, float]:
    """Interval of a share (Wilson, 1927), which stays in 0..1 and is right for shares near them.

    Raises:
        ValueError: a count below 0 or above the total.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no share")
    if total == 0:
        return 0.0, 1.0
    share, spread = count / total, z * z / total
    middle = (share + spread / 2) / (1 + spread)
    reach = math.sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    return max(0.0, middle - reach), min(1.0, middle + reach)

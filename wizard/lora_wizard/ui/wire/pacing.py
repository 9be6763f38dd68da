"""How much may be under way to the terminal, so that a key's answer does not queue behind it. Pure.

A terminal at the other end of a slow line shows a picture long after it was sent, and whatever is
sent meanwhile waits behind it. So a question follows each larger piece: the terminal answers it
when it has drawn the piece. Until then nothing more is sent, and what changes meanwhile is merged.
Pieces are as large as the line carries in a fraction of a second.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["QUESTION", "Pacing"]

QUESTION = "\x1b[6n"
"""Asks for the cursor's place, which every terminal tells: after all that came before."""

_SMALL = 200
"""Bytes that need no question."""
_AIM = 0.25
"""Seconds that a piece should take."""
_LEAST, _MOST = 768, 262_144
"""Bytes of a piece."""
_PATIENCE = 5.0
_FIRST_PATIENCE = 1.0
"""Seconds to wait for an answer; for the first, before the terminal is known to give any."""


@dataclass(slots=True)
class Pacing:
    """Waits for answers where there is a line between.

    Attributes:
        is_on: Whether there is; otherwise everything may be sent at once.
    """

    is_on: bool = False
    _piece: float = 2048.0
    _asked_at: float | None = None
    _sent: int = 0
    _quickest: float = float("inf")
    """Seconds of the quickest answer: what the way there and back takes by itself."""
    _answers: bool | None = None
    """Whether this terminal answers; None while nobody knows."""

    @property
    def room(self) -> int | None:
        """The most bytes of the next piece; None for any."""
        return int(self._piece) if self.is_on and self._answers is not False else None

    def wait(self, now: float) -> float:
        """Seconds for which nothing may be sent unless an answer comes; 0 where one may send."""
        if not self.is_on or self._asked_at is None:
            return 0.0
        patience = _PATIENCE if self._answers else _FIRST_PATIENCE
        left = self._asked_at + patience - now
        if left > 0:
            return left
        if not self._answers:
            self._answers = False
        self._asked_at = None
        return 0.0

    def sent(self, size: int, now: float) -> bool:
        """Takes note of bytes on their way. Gives whether the question has to follow them."""
        if not self.is_on or size < _SMALL or self._answers is False:
            return False
        self._asked_at, self._sent = now, size
        return True

    def answered(self, now: float) -> None:
        """The terminal has drawn what was sent."""
        self._answers = True
        if self._asked_at is None:
            return
        took = max(now - self._asked_at, 1e-4)
        self._asked_at = None
        self._quickest = min(self._quickest, took)
        factor = _AIM / max(took - self._quickest / 2, 1e-3)
        if factor > 1 and self._sent < self._piece / 2:
            return  # a small piece tells nothing of a large one
        self._piece = min(max(self._piece * min(max(factor, 0.5), 2.0), _LEAST), _MOST)

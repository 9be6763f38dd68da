"""A judge's answer about one picture: yes, no or unknown, with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lora_eval.detect.detector import Box

Outcome = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class MarkedBox:
    """A box that the reason speaks of."""

    label: str
    box: Box


@dataclass(frozen=True, slots=True)
class Judgement:
    """One judge's answer. `unknown` is a third value: such pictures are not counted, but shown
    as lacking coverage."""

    judge: str
    outcome: Outcome
    score: float | None
    """How strongly it holds, 0..1 (0.5 at the threshold); None where unknown."""
    reason: str
    """One sentence with the numbers that decided."""
    detail: str = ""
    """A finer outcome, such as `obeyed`, `leaked`, `neither`."""
    boxes: tuple[MarkedBox, ...] = ()
    numbers: tuple[tuple[str, float], ...] = ()
    """The measured values behind it, by name."""
    applies: bool = True
    """False where the prompt leaves nothing to decide, such as a close-up that was asked for: such
    a picture is unknown, and no lack of coverage either."""

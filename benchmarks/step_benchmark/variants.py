"""What is compared: each a class that makes steps when told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .job import Job
from .ours import Floor, Ours
from .plain import PlainLoop
from .settings import VariantName


class Variant(Protocol):
    """One way to do the job's steps."""

    trained: int
    """How many numbers it trains."""

    def train(self, steps: int) -> list[float]:
        """Makes the next steps and returns their losses; everything is done when it returns."""


BUILDERS: dict[VariantName, Callable[[Job], Variant]] = {
    "ours": Ours,
    "plain": PlainLoop,
    "floor": Floor,
}
EXPLANATIONS: dict[VariantName, str] = {
    "ours": "this trainer",
    "plain": "diffusers + peft in a plain loop",
    "floor": "forward and backward of the frozen model",
}

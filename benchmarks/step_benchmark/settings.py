"""What is measured, as one value: the same for all variants of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Precision = Literal["fp32", "bf16"]
VariantName = Literal["ours", "plain", "floor"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
VARIANTS: tuple[VariantName, ...] = get_args(VariantName)

SEED = 42
LEARNING_RATE = 1e-4


@dataclass(frozen=True, slots=True)
class Settings:
    """One benchmark. Where a size has usual values of its own, see `sizes.py`."""

    size: str
    resolution: int
    """Side of the pictures in pixels."""
    batch: int
    rank: int
    """Of every adapted layer, with alpha the same."""
    precisions: tuple[Precision, ...] = PRECISIONS
    variants: tuple[VariantName, ...] = VARIANTS
    rounds: int = 10
    """How often each variant is timed."""
    steps_per_turn: int = 1
    """Steps that a variant makes each time it is timed."""
    warm_up: int = 1
    """Turns of each variant that are not counted."""
    learning_rate: float = LEARNING_RATE

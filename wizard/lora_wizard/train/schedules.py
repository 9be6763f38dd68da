"""How the learning rate goes over a run: pure functions of progress, one registry.

Each gives the factor of the rate after the warm-up. Formulas as in transformers' `optimization.py`,
which sd-scripts uses; with warm-up, progress counts from its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lora_wizard.recipe import TrainingSettings
from lora_wizard.recipe.optimizing import SCHEDULE_FREE

Factor = Callable[[float, TrainingSettings], float]


def _constant(progress: float, training: TrainingSettings) -> float:
    return 1.0


def _linear(progress: float, training: TrainingSettings) -> float:
    return 1.0 - progress


def _cosine(progress: float, training: TrainingSettings) -> float:
    return 0.5 * (1 + math.cos(math.pi * progress))


def _cosine_with_restarts(progress: float, training: TrainingSettings) -> float:
    if progress >= 1:
        return 0.0
    return 0.5 * (1 + math.cos(math.pi * ((training.scheduler_cycles * progress) % 1.0)))


def _polynomial(progress: float, training: TrainingSettings) -> float:
    return float((1.0 - progress) ** training.scheduler_power)


SCHEDULES: dict[str, Factor] = {
    "constant": _constant,
    "constant_with_warmup": _constant,
    "linear": _linear,
    "cosine": _cosine,
    "cosine_with_restarts": _cosine_with_restarts,
    "polynomial": _polynomial,
}


def warmup_steps(total: int, training: TrainingSettings) -> int:
    """Steps in which the rate rises from 0."""
    return int(total * training.warmup_ratio)


def rate_factor(step: int, total: int, training: TrainingSettings) -> float:
    """What the learning rate is multiplied by in a step, 0 to 1.

    A schedule-free optimizer has its warm-up and then its full rate, whatever the scheduler.

    Args:
        step: counted from 0.
        total: steps of the run, at least 1.
    """
    warmup = warmup_steps(total, training)
    if step < warmup:
        return step / warmup
    if training.optimizer in SCHEDULE_FREE:
        return 1.0
    progress = (step - warmup) / max(1, total - warmup)
    return max(0.0, SCHEDULES[training.scheduler](progress, training))

"""How the learning rate goes over a run."""

from __future__ import annotations

import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.recipe import TrainingSettings
from lora_wizard.recipe.training import Scheduler
from lora_wizard.train.schedules import SCHEDULES, rate_factor, warmup_steps

NAMES = get_args(Scheduler)


def factors(total: int, **settings: Any) -> list[float]:
    """Every step's factor."""
    training = TrainingSettings(**{"warmup_ratio": 0.0, **settings})
    return [rate_factor(step, total, training) for step in range(total)]


def test_every_name_of_the_recipe_has_a_schedule() -> None:
    assert set(SCHEDULES) == set(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "constant"])
def test_warm_up_rises_from_0_in_equal_steps_to_the_full_rate(name: str) -> None:
    rising = factors(40, scheduler=name, warmup_ratio=0.25)[:11]
    assert rising == pytest.approx([step / 10 for step in range(11)])


def test_warm_up_is_a_share_of_the_steps_rounded_down() -> None:
    assert warmup_steps(3200, TrainingSettings(warmup_ratio=0.01)) == 32
    assert warmup_steps(99, TrainingSettings(warmup_ratio=0.01)) == 0


def test_a_run_that_is_all_warm_up_never_divides_by_nothing() -> None:
    assert factors(4, scheduler="cosine", warmup_ratio=1.0) == [0, 0.25, 0.5, 0.75]


def test_constant_stays() -> None:
    assert factors(7, scheduler="constant") == [1.0] * 7
    assert factors(4, scheduler="constant_with_warmup", warmup_ratio=0.5) == [0, 0.5, 1, 1]


def test_linear_falls_in_equal_steps() -> None:
    assert factors(5, scheduler="linear") == pytest.approx([1, 0.8, 0.6, 0.4, 0.2])


def test_cosine_is_half_at_half_way_and_would_be_0_after_the_last_step() -> None:
    training = TrainingSettings(scheduler="cosine", warmup_ratio=0)
    assert [rate_factor(step, 8, training) for step in (0, 2, 4, 6, 8)] == pytest.approx(
        [1, (1 + math.sqrt(0.5)) / 2, 0.5, (1 - math.sqrt(0.5)) / 2, 0], abs=1e-12
    )


def test_one_cycle_of_restarts_is_the_plain_cosine() -> None:
    assert factors(50, scheduler="cosine_with_restarts") == factors(50, scheduler="cosine")


def test_restarts_jump_back_to_the_full_rate() -> None:
    found = factors(12, scheduler="cosine_with_restarts", scheduler_cycles=3)
    assert found == pytest.approx(factors(4, scheduler="cosine") * 3)
    after_the_end = TrainingSettings(
        scheduler="cosine_with_restarts", scheduler_cycles=3, warmup_ratio=0
    )
    assert rate_factor(12, 12, after_the_end) == 0.0


def test_polynomial_is_what_is_left_to_its_power() -> None:
    found = factors(4, scheduler="polynomial", scheduler_power=2.0)
    assert found == pytest.approx([1, 0.75**2, 0.5**2, 0.25**2])


@given(
    name=st.sampled_from([name for name in NAMES if name != "constant"]),
    total=st.integers(1, 5000),
    place=st.floats(0, 1),
    warmup=st.floats(0, 1),
    cycles=st.integers(1, 20),
    power=st.floats(0.01, 10),
)
def test_the_rate_never_leaves_0_to_1(
    name: str, total: int, place: float, warmup: float, cycles: int, power: float
) -> None:
    training = TrainingSettings.model_validate(
        {
            "scheduler": name,
            "warmup_ratio": warmup,
            "scheduler_cycles": cycles,
            "scheduler_power": power,
        }
    )
    assert 0.0 <= rate_factor(int(place * (total - 1)), total, training) <= 1.0

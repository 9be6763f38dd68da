"""What a number of pairs can show: summed exactly, and by drawing at random."""

import numpy as np
import pytest

from lora_eval.statistics import detectable_difference, mcnemar, pairs_needed, times_needed
from lora_eval.statistics.power import power, power_of_flips


def test_the_exact_sum_agrees_with_drawing_at_random() -> None:
    generator = np.random.default_rng(5)
    a, b = generator.random((3000, 64)) < 0.1, generator.random((3000, 64)) < 0.3
    only_a, only_b = (a & ~b).sum(axis=1), (b & ~a).sum(axis=1)
    found = np.mean([mcnemar(int(x), int(y)) < 0.05 for x, y in zip(only_a, only_b, strict=True)])
    assert power(64, 0.1, 0.3) == pytest.approx(found, abs=0.03)


def test_more_pairs_show_smaller_differences() -> None:
    found = [detectable_difference(pairs) for pairs in (32, 64, 192)]
    assert found == sorted((each for each in found if each is not None), reverse=True)
    assert detectable_difference(3) is None


def test_the_pairs_needed_are_just_enough() -> None:
    needed = pairs_needed(0.27, 0.07)
    assert needed is not None
    assert power_of_flips(needed, 0.27, 0.07) >= 0.8
    assert power_of_flips(needed - 5, 0.27, 0.07) < 0.82
    assert 60 <= needed <= 80


def test_smaller_differences_and_stricter_tests_need_more_pairs() -> None:
    found = [pairs_needed(0.1, 0.02), pairs_needed(0.1, 0.05), pairs_needed(0.1, 0.05, 0.01)]
    assert found == sorted(found, key=lambda each: each or 0)
    assert len(set(found)) == 3


def test_no_number_of_pairs_shows_what_is_not_there() -> None:
    assert pairs_needed(0.1, 0.1) is None
    assert pairs_needed(0.05, 0.0499) is None
    assert power_of_flips(0, 0.2, 0.1) == 0
    assert power_of_flips(50, 0, 0) == 0


def test_an_interval_that_just_reaches_zero_needs_about_twice_as_much() -> None:
    assert times_needed(0.1, 0.1) == pytest.approx(2.04, abs=0.01)
    assert times_needed(-0.1, 0.05) == pytest.approx(0.51, abs=0.01)
    assert times_needed(0.0, 0.1) is None

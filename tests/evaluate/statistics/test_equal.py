"""Curves at equal x: learning less is told from failing less."""

import numpy as np
import pytest

from lora_eval.statistics import compare_at_equal_x, curve_sums

PROMPTS = [f"p{number}" for number in range(12)]


def points(
    likeness: list[float], failing: list[float], seed: int
) -> list[list[tuple[str, float | None, float | None]]]:
    """Pictures of each point: 12 prompts x 8 seeds with a likeness and a failure rate."""
    generator = np.random.default_rng(seed)
    return [
        [
            (prompt, like + generator.normal(0, 0.03), float(generator.random() < rate))
            for prompt in PROMPTS
            for _ in range(8)
        ]
        for like, rate in zip(likeness, failing, strict=True)
    ]


def test_one_that_only_learned_less_is_not_better() -> None:
    # Both fail the more the liker they are, along one line; the second one went less far.
    strong = curve_sums(points([0.3, 0.5, 0.7, 0.9], [0.1, 0.25, 0.4, 0.55], 1), PROMPTS)
    weak = curve_sums(points([0.2, 0.35, 0.5, 0.6], [0.03, 0.14, 0.25, 0.33], 2), PROMPTS)
    found = compare_at_equal_x(strong, weak)
    assert found is not None
    assert found.low <= 0 <= found.high
    assert found.p > 0.05
    assert (found.low_x, found.high_x) == pytest.approx((0.3, 0.6), abs=0.02)


def test_one_that_fails_less_at_the_same_likeness_is() -> None:
    bad = curve_sums(points([0.3, 0.5, 0.7, 0.9], [0.2, 0.4, 0.6, 0.7], 1), PROMPTS)
    good = curve_sums(points([0.3, 0.5, 0.7, 0.9], [0.0, 0.02, 0.05, 0.08], 2), PROMPTS)
    found = compare_at_equal_x(good, bad)
    assert found is not None
    assert found.high < 0
    assert found.p < 0.01
    assert all(level.difference < 0 for level in found.levels)
    turned = compare_at_equal_x(bad, good)
    assert turned is not None
    assert turned.difference == pytest.approx(-found.difference)


def test_curves_without_a_common_likeness_are_not_compared() -> None:
    low = curve_sums(points([0.1, 0.2], [0.1, 0.2], 1), PROMPTS)
    high = curve_sums(points([0.7, 0.9], [0.1, 0.2], 2), PROMPTS)
    assert compare_at_equal_x(low, high) is None


def test_unknown_pictures_are_left_out_of_the_sums() -> None:
    sums = curve_sums([[("p0", None, 1.0), ("p1", 0.5, None)]], ["p0", "p1"])
    assert sums.x_counts.tolist() == [[0, 1]]
    assert sums.y_counts.tolist() == [[1, 0]]

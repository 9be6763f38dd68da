from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dataset import even_out

REPEATS = st.lists(st.integers(1, 12), min_size=1, max_size=60)


def test_surplus_pictures_are_never_used() -> None:
    assert even_out([1] * 6, 4) == (1, 1, 1, 1, 0, 0)


def test_too_few_pictures_repeat_in_turn_until_equal() -> None:
    assert even_out([1, 1, 1], 8) == (3, 3, 2)


def test_the_folders_repeats_count_in_the_first_pass() -> None:
    assert even_out([2, 2, 1], 8) == (3, 3, 2)


def test_the_last_picture_taken_keeps_its_repeats_whole() -> None:
    assert even_out([3, 3, 3], 4) == (3, 3, 0)


def test_no_regularisation_needs_no_evening_out() -> None:
    assert even_out([], 10) == ()


@given(st.integers(1, 80), st.integers(0, 2000))
def test_pictures_of_one_repeat_meet_the_training_count_exactly(count: int, target: int) -> None:
    assert sum(even_out([1] * count, target)) == target


@given(REPEATS, st.integers(0, 2000))
def test_the_sum_meets_the_training_count_but_for_the_last_pictures_repeats(
    repeats: list[int], target: int
) -> None:
    result = even_out(repeats, target)
    assert target <= sum(result) < target + max(repeats)
    if target >= sum(repeats):
        assert sum(result) == target


@given(REPEATS, st.integers(1, 2000))
def test_unused_pictures_are_the_last_ones(repeats: list[int], target: int) -> None:
    used = [times > 0 for times in even_out(repeats, target)]
    assert used == sorted(used, reverse=True)

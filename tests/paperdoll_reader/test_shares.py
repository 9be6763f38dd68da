"""Counted shares and their intervals."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.paperdoll.reader.shares import Share, wilson


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_agrees_with_published_values(
    count: int, total: int, low: float, high: float
) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_stays_a_share(counted: tuple[int, int]) -> None:
    share = Share(*counted)
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-12
    assert share.value - 1e-12 <= high <= 1


def test_nothing_counted_is_not_a_number_and_says_so() -> None:
    empty = Share.of([])
    assert math.isnan(empty.value)
    assert empty.interval == (0.0, 1.0)
    assert str(empty) == "none to count"
    assert empty.as_json()["share"] is None


def test_more_than_all_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


def test_a_share_reads_as_a_sentence() -> None:
    assert str(Share(5, 10)) == "50.0 % (23.7 to 76.3) of 10"

"""Shares, paired flips and several questions, against published and library values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from lora_eval.statistics import corrected_rate, holm, mcnemar, wilson


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_newcombes_table(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate(pair: tuple[int, int]) -> None:
    count, total = pair
    low, high = wilson(count, total)
    assert 0 <= low <= count / total + 1e-12
    assert count / total - 1e-12 <= high <= 1


def test_mcnemar_gives_the_exact_binomial_test() -> None:
    # Of 14 flips 2 against 12: 2 * (1 + 14 + 91) / 2^14.
    assert mcnemar(2, 12) == pytest.approx(2 * 106 / 2**14)
    assert mcnemar(6, 0) == pytest.approx(0.03125)  # the fewest that are significant
    assert mcnemar(5, 0) > 0.05
    assert mcnemar(0, 0) == 1


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_does_not_care_which_comes_first(a: int, b: int) -> None:
    assert mcnemar(a, b) == pytest.approx(mcnemar(b, a))
    if a + b:
        assert mcnemar(a, b) == pytest.approx(binomtest(a, a + b, 0.5).pvalue)


def test_holm_gives_the_worked_example() -> None:
    # Holm (1979) as in R's p.adjust(c(0.01, 0.02, 0.03, 0.005), "holm").
    assert holm([0.01, 0.02, 0.03, 0.005]) == pytest.approx([0.03, 0.04, 0.04, 0.02])


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_lowers_a_value_and_keeps_their_order(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(raw <= found <= 1 for raw, found in zip(values, adjusted, strict=True))
    order = sorted(range(len(values)), key=lambda index: values[index])
    assert sorted(adjusted) == [adjusted[index] for index in order]


def test_a_rate_is_corrected_for_its_judge() -> None:
    # Rogan and Gladen (1978): (p + Sp - 1) / (Se + Sp - 1).
    assert corrected_rate(0.3, 0.9, 0.95) == pytest.approx(0.25 / 0.85)
    assert corrected_rate(0.01, 0.9, 0.95) == 0
    assert corrected_rate(0.3, 0.5, 0.5) is None

"""The bootstrap over prompts, against scipy's and against the analytic clustered error."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap

from lora_eval.statistics import clustered_mean


def test_with_clusters_of_one_picture_it_is_the_ordinary_bootstrap() -> None:
    values = (np.random.default_rng(3).random(60) < 0.3).astype(float)
    found = clustered_mean(list(values), list(range(60)))
    reference = bootstrap(
        (values,), np.mean, n_resamples=10_000, method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    assert found is not None
    assert (found.low, found.high) == pytest.approx((reference.low, reference.high), abs=0.02)
    assert found.design_effect == pytest.approx(1, abs=0.1)


def test_pictures_that_are_alike_within_a_prompt_make_it_wider() -> None:
    generator = np.random.default_rng(8)
    prompts = np.repeat(np.arange(40), 8)
    rates = generator.beta(0.6, 1.4, size=40)
    values = (generator.random(320) < rates[prompts]).astype(float)
    found = clustered_mean(list(values), list(prompts))
    assert found is not None
    # Miller (2024), eq. 4: squared sums of each cluster's residuals.
    residuals = values - values.mean()
    clustered = np.sqrt(sum(residuals[prompts == p].sum() ** 2 for p in range(40))) / 320
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(clustered, rel=0.08)
    assert found.design_effect is not None
    assert found.design_effect > 2


def test_one_prompt_says_nothing_of_others() -> None:
    assert clustered_mean([0.0, 1.0, 1.0], ["a", "a", "a"]) is None


@given(
    st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 5)), min_size=2, max_size=40),
)
@settings(max_examples=40, deadline=None)
def test_the_interval_holds_the_mean_and_turns_with_the_sign(
    pairs: list[tuple[float, int]],
) -> None:
    values, prompts = [value for value, _ in pairs], [prompt for _, prompt in pairs]
    found = clustered_mean(values, prompts, resamples=200)
    if len(set(prompts)) < 2:
        assert found is None
        return
    assert found is not None
    assert found.low <= np.mean(values) + 1e-9
    assert np.mean(values) <= found.high + 1e-9
    negative = clustered_mean([-value for value in values], prompts, resamples=200)
    assert negative is not None
    assert (negative.low, negative.high) == pytest.approx((-found.high, -found.low))

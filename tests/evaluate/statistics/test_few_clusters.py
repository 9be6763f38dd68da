"""Student's t over prompts: right for few prompts, where a bootstrap is too sure."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from lora_eval.statistics import mean_test


def test_with_one_picture_a_prompt_it_is_the_t_test() -> None:
    values = [0.1, 0.3, 0.2, 0.5, -0.1]
    found = mean_test(values, range(5))
    expected = ttest_1samp(values, 0)
    assert found is not None
    assert found.p == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval()
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_more_pictures_of_the_same_prompts_prove_no_more() -> None:
    once = mean_test([0.1, 0.3, 0.2, 0.5], range(4))
    thrice = mean_test([0.1, 0.3, 0.2, 0.5] * 3, [0, 1, 2, 3] * 3)
    assert once is not None and thrice is not None
    assert thrice.p == pytest.approx(once.p)


def test_one_prompt_says_nothing_and_two_that_agree_are_no_certainty() -> None:
    assert mean_test([0.4, 0.4], ["a", "a"]) is None
    found = mean_test([0.3, 0.5], ["a", "b"])
    assert found is not None
    assert found.low < 0 < found.high


def test_no_difference_at_all_is_not_significant() -> None:
    found = mean_test([0.0, 0.0, 0.0], range(3))
    assert found is not None
    assert found.p == 1
    same = mean_test([0.2, 0.2, 0.2], range(3))
    assert same is not None
    assert 0 < same.p < 1e-6


def test_it_holds_its_level_with_eight_prompts() -> None:
    generator = np.random.default_rng(3)
    wrong = 0
    for _ in range(600):
        of_prompt = np.repeat(generator.normal(0, 1, 8), 4)
        values = (of_prompt + generator.normal(0, 1, 32)).tolist()
        found = mean_test(values, [number // 4 for number in range(32)])
        assert found is not None
        wrong += found.p < 0.05
    assert 0.03 <= wrong / 600 <= 0.075

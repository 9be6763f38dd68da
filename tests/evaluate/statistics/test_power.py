"""What a number of pairs can show: summed exactly, and by drawing at random."""

import numpy as np
import pytest

from lora_eval.statistics import detectable_difference, mcnemar
from lora_eval.statistics.power import power


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

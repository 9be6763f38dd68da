"""Rates, differences and their uncertainty. Pure: numbers in, numbers out."""

from lora_eval.statistics.clusters import (
    RESAMPLES,
    Clustered,
    clustered_mean,
    resampled_weights,
)
from lora_eval.statistics.equal import (
    EqualCurve,
    EqualResult,
    LevelResult,
    compare_at_equal_x,
    curve_sums,
)
from lora_eval.statistics.few_clusters import MeanTest, mean_test
from lora_eval.statistics.power import detectable_difference, pairs_needed, times_needed
from lora_eval.statistics.rates import corrected_rate, holm, mcnemar, wilson

__all__ = [
    "RESAMPLES",
    "Clustered",
    "EqualCurve",
    "EqualResult",
    "LevelResult",
    "MeanTest",
    "clustered_mean",
    "compare_at_equal_x",
    "corrected_rate",
    "curve_sums",
    "detectable_difference",
    "holm",
    "mcnemar",
    "mean_test",
    "pairs_needed",
    "resampled_weights",
    "times_needed",
    "wilson",
]

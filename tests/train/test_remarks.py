"""What is said of settings that do not go well together."""

from __future__ import annotations

import pytest

from lora_wizard.recipe import Recipe, with_settings
from lora_wizard.train.remarks import remarks

ODD = {
    "keeps its rate": {"training.optimizer": "adamw_schedule_free"},
    "should be 1": {"training.optimizer": "prodigy"},
    "weigh the timesteps": {"loss.debiased": "true", "training.min_snr_gamma": "5"},
    "shift the brightness": {"noise.pyramid_iterations": "6", "training.noise_offset": "0.05"},
}
MENDED = {
    "keeps its rate": {"training.scheduler": "constant_with_warmup"},
    "should be 1": {"training.learning_rate": "1"},
    "weigh the timesteps": {"training.min_snr_gamma": "0"},
    "shift the brightness": {"training.noise_offset": "0"},
}


@pytest.mark.parametrize("said", ODD)
def test_each_is_said_once_and_no_more_when_mended(said: str) -> None:
    (remark,) = remarks(with_settings(Recipe(), ODD[said]))
    assert said in remark.text
    assert remarks(with_settings(Recipe(), {**ODD[said], **MENDED[said]})) == []


def test_the_usual_recipe_is_not_remarked_upon() -> None:
    assert remarks(Recipe()) == []

"""The published experiments' lessons about dim, alpha and rate, whatever the pictures."""

import pytest

from tests.dataset_advice.conftest import Material

CASES: dict[str, dict[str, object]] = {
    "rate_diverges": {"training.learning_rate": 1e-3},
    "rate_noisy": {"training.learning_rate": 1e-3, "network.alpha": 1},
    "rate_too_low": {"training.learning_rate": 5e-5, "network.alpha": 1},
    "rate_is_a_factor": {"training.optimizer": "prodigy", "training.learning_rate": 1e-4},
    "rank_one": {"network.rank": 1, "network.alpha": 1},
}


@pytest.mark.parametrize("key", CASES)
def test_a_lesson_is_told_and_its_own_advice_ends_it(material: Material, key: str) -> None:
    material.picture("10_mio/a.png")
    found = material.advice(CASES[key])
    assert found.keys() & CASES.keys() == {key}
    assert found[key].changes
    assert found[key].changes.keys() <= {*found[key].questions, "network.alpha"}
    after = material.advice({**CASES[key], **found[key].changes})
    assert not after.keys() & CASES.keys()


@pytest.mark.parametrize("rate", [5e-4, 1e-4, 5e-5])
def test_no_rate_up_to_5e_4_is_told_to_diverge(material: Material, rate: float) -> None:
    material.picture("10_mio/a.png")
    assert not material.advice({"training.learning_rate": rate}).keys() & CASES.keys()


def test_the_rate_in_use_is_the_one_that_is_judged(material: Material) -> None:
    material.picture("10_mio/a.png")
    settings = {"training.learning_rate": 1e-4, "training.unet_lr": 2e-3}
    found = material.advice(settings)["rate_diverges"]
    assert found.changes == {"training.unet_lr": 1e-4}
    assert "training.unet_lr is 0.002" in found.what
    alone = {**settings, "network.parts": "text_encoder"}
    assert "rate_diverges" not in material.advice(alone)

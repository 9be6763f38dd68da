"""A measurement is the recipe's own training, for a few steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.errors import RunError
from lora_wizard.flow import estimate
from lora_wizard.flow.probe import PROBE_STEPS, probe, probe_recipe
from lora_wizard.questions import Family
from lora_wizard.recipe import Recipe, with_settings

from .material import flow_for

SMALL: Family = "paperdoll"


def small(images: Path) -> Recipe:
    settings = {"data.images": str(images), "network.rank": "4", "training.steps": "400"}
    size = {"data.resolution": "64", "data.bucket_min": "32", "data.bucket_step": "16"}
    return with_settings(Recipe(), {**settings, **size, "sampling.prompts": '["mio"]'})


def test_it_saves_and_draws_nothing_on_the_way(heads: Path) -> None:
    recipe = probe_recipe(small(heads))
    assert recipe.training.steps == PROBE_STEPS
    assert recipe.sampling.prompts == ()
    assert recipe.saving.every_epochs == recipe.saving.every_steps == 0
    assert recipe.network == small(heads).network


def test_what_it_measures_makes_the_time_of_a_run_known(heads: Path) -> None:
    recipe = small(heads)
    steps: list[int] = []
    measured = probe(recipe, tell=lambda summary: steps.append(summary.step))
    assert measured is not None and measured.speed.seconds > 0
    assert steps and max(steps) <= PROBE_STEPS
    flow = flow_for(heads)
    found = estimate(recipe, flow.counted, family=SMALL, speeds=(measured.speed,))
    assert found.seconds == pytest.approx(400 * measured.speed.seconds)


def test_it_can_be_broken_off_and_leaves_nothing(heads: Path, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path))
        patch.setattr("tempfile.tempdir", None)
        assert probe(small(heads), cancelled=lambda: True) is None
    assert list(tmp_path.glob("lora-wizard-probe-*")) == []


def test_what_would_end_a_run_is_said_by_the_measurement(tmp_path: Path) -> None:
    (tmp_path / "10_mio").mkdir()
    with pytest.raises(RunError, match="picture"):
        probe(small(tmp_path))

"""Whatever a run remembers beside the weights, a stop on the way changes none of it: to the bit."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from lora_wizard.lora import load_lora
from lora_wizard.recipe.optimizing import Optimizer
from lora_wizard.runs import Checkpoint, Failed, RunFolder, RunState, Step, run_state

from .conftest import MakeRecipe, NewRun, TrainHere
from .trainers import events_of

NAMES = get_args(Optimizer)


def rates_and_losses(folder: RunFolder) -> list[tuple[float, float]]:
    return [(one.lr, one.loss) for one in events_of(folder) if isinstance(one, Step)]


def assert_a_stop_changes_nothing(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, **settings: str
) -> RunFolder:
    """Trains through, and again with a stop and a file on the way; gives the first run."""
    through = new_run(recipe(**settings))
    stopped = new_run(recipe(**settings, saving__every_steps="1"))
    assert train_here(through) == 0
    (stopped.control / "stop").touch()
    assert train_here(stopped) == 0
    assert run_state(stopped) is RunState.STOPPED
    assert train_here(stopped) == 0
    assert rates_and_losses(through) == rates_and_losses(stopped)
    expected = load_lora(through.final_path("mira")).tensors
    found = load_lora(stopped.final_path("mira")).tensors
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    assert any(tensor.any() for name, tensor in expected.items() if "lora_up" in name)
    assert len([one for one in events_of(stopped) if isinstance(one, Checkpoint)]) >= 4
    return through


@pytest.mark.parametrize("name", NAMES)
def test_every_optimizer_goes_on_exactly(
    name: Optimizer, recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    rate = "1" if name == "prodigy" else "1e-3"
    # At this rank some factors are large enough to be kept in 8 bits.
    assert_a_stop_changes_nothing(
        recipe, new_run, train_here,
        training__optimizer=name, training__learning_rate=rate, network__rank="64",
        training__steps="5", training__warmup_ratio="0.2",
    )  # fmt: skip


def test_noise_and_loss_of_every_kind_are_the_same_again(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    """A v-prediction model on a zero-terminal schedule: nothing in it is infinite."""
    folder = assert_a_stop_changes_nothing(
        recipe, new_run, train_here,
        model__v_prediction="true", model__zero_terminal_snr="true",
        loss__kind="huber", loss__scale_v_like_noise="true", loss__debiased="true",
        training__min_snr_gamma="5", training__noise_offset="0.05", noise__random_offset="true",
        noise__pyramid_iterations="4", noise__input_gamma="0.1", noise__random_input_gamma="true",
        training__steps="5",
    )  # fmt: skip
    told = load_lora(folder.final_path("mira")).metadata
    assert told["ss_zero_terminal_snr"] == "True"
    assert (told["ss_loss_type"], told["ss_huber_schedule"]) == ("huber", "snr")
    assert told["ss_multires_noise_iterations"] == "4"
    assert told["ss_ip_noise_gamma"] == "0.1"


def test_scaling_a_velocity_loss_is_refused_where_noise_is_predicted(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe(loss__scale_v_like_noise="true"))
    assert train_here(folder) == 1
    end = events_of(folder)[-1]
    assert isinstance(end, Failed)
    assert end.error.startswith("loss.scale_v_like_noise")

"""Whatever a run remembers beside the weights, a stop on the way changes none of it: to the bit."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from lora_wizard.errors import RecipeError
from lora_wizard.lora import load_lora
from lora_wizard.recipe import Recipe, with_settings
from lora_wizard.recipe.optimizing import Optimizer
from lora_wizard.runs import Checkpoint, Failed, RunFolder, RunState, Step, run_state
from lora_wizard.train.state import load_state

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


@pytest.mark.parametrize(
    "settings",
    [
        {"training__ema_decay": "0.9"},
        {"training__max_weight_norm": "1e-3", "network__conv_rank": "2"},
        {"training__lora_plus_ratio": "8", "network__parts": "unet"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_averages_limits_and_two_rates_go_on_exactly(
    settings: dict[str, str], recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    assert_a_stop_changes_nothing(recipe, new_run, train_here, **settings)


def test_a_moving_average_is_what_the_file_has_and_changes_nothing_of_the_training(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    plain, averaged = new_run(recipe()), new_run(recipe(training__ema_decay="0.5"))
    assert train_here(plain) == train_here(averaged) == 0
    assert rates_and_losses(plain) == rates_and_losses(averaged)
    last, found = (load_lora(folder.final_path("mira")).tensors for folder in (plain, averaged))
    assert any(not torch.equal(found[name], tensor) for name, tensor in last.items())
    state = load_state(averaged, processes=1)
    assert state is not None
    # The state goes on from the last step's weights, and keeps the average beside them.
    assert all(torch.equal(state.tensors[name], tensor) for name, tensor in last.items())
    ups = [tensor for name, tensor in found.items() if "lora_up" in name]
    assert any(torch.equal(ups[0], one) for one in state.average)


def test_layers_that_were_held_back_are_counted_in_the_log(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    held, free = new_run(recipe(training__max_weight_norm="1e-3")), new_run(recipe())
    assert train_here(held) == train_here(free) == 0
    counts = [
        [one.layers_limited for one in events_of(folder) if isinstance(one, Step)]
        for folder in (held, free)
    ]
    assert max(counts[0]) > 10
    assert set(counts[1]) == {0}


def test_a_rate_for_b_of_its_own_needs_an_optimizer_that_takes_rates() -> None:
    with pytest.raises(RecipeError, match="finds one rate"):
        with_settings(Recipe(), {"training.optimizer": "prodigy", "training.lora_plus_ratio": "16"})
    with pytest.raises(RecipeError, match="averages its own weights"):
        with_settings(
            Recipe(), {"training.optimizer": "adamw_schedule_free", "training.ema_decay": "0.9"}
        )

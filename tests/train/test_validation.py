"""The loss on pictures that are held out, in real runs of a tiny model."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lora_wizard.lora import load_lora
from lora_wizard.runs import Finished, RunFolder, RunState, Started, Step, Validation, run_state

from .conftest import MakeRecipe, NewRun, TrainHere
from .material import draw_pictures
from .test_objective_resume import rates_and_losses
from .trainers import events_of


@pytest.fixture(scope="module")
def held_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures in two buckets."""
    root = tmp_path_factory.mktemp("held") / "1_mira"
    draw_pictures(root, [(64, 64), (64, 64), (96, 48)])
    return root


def measured(folder: RunFolder) -> list[tuple[int, float]]:
    return [(one.step, one.loss) for one in events_of(folder) if isinstance(one, Validation)]


@pytest.mark.parametrize("parts", ["both", "unet"])
def test_a_run_that_is_measured_trains_as_one_that_is_not(
    parts: str, recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, held_out: Path
) -> None:
    settings = {
        "network__parts": parts,
        "network__dropout": "0.1",
        "data__caption_dropout": "0.2",
        "data__flip": "true",
    }
    plain = new_run(recipe(**settings))
    watched = new_run(
        recipe(**settings, validation__images=str(held_out), validation__every_steps="2")
    )
    assert train_here(plain) == train_here(watched) == 0
    assert rates_and_losses(plain) == rates_and_losses(watched)
    expected = load_lora(plain.final_path("mira")).tensors
    found = load_lora(watched.final_path("mira")).tensors
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())
    assert [step for step, _ in measured(watched)] == [0, 2, 4, 5, 6]
    assert measured(plain) == []


def test_the_same_weights_have_the_same_loss_whatever_the_batch(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, held_out: Path
) -> None:
    """At a rate of next to nothing nothing is learned: each measurement is the first again."""
    losses = []
    for size, seed in (("1", "1"), ("3", "2")):
        folder = new_run(
            recipe(
                training__learning_rate="1e-12",
                training__batch_size=size,
                training__seed=seed,
                validation__images=str(held_out),
                validation__every_steps="1",
            )
        )
        assert train_here(folder) == 0
        losses += [loss for _, loss in measured(folder)]
    assert len(losses) == 14
    assert losses == pytest.approx([losses[0]] * 14, rel=1e-4)
    assert losses[0] > 0


def test_learning_by_heart_shows_in_the_two_losses(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, images: Path
) -> None:
    """Measured by the very pictures that it learns, the loss falls."""
    copied = images.parent / "copies"
    if not copied.exists():
        copied.mkdir()
        for file in (images / "1_mira girl").iterdir():
            (copied / file.name).write_bytes(file.read_bytes())
    folder = new_run(
        recipe(
            training__steps="60",
            training__learning_rate="3e-3",
            network__rank="16",
            network__alpha="16",
            validation__images=str(copied),
            validation__every_epochs="0",
        )
    )
    assert train_here(folder) == 0
    (_, before), (_, after) = measured(folder)
    assert after < 0.99 * before


def test_a_share_is_not_trained_on_and_is_told_in_the_log_and_the_file(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe(training__epochs="2", validation__share="0.4"))
    assert train_here(folder) == 0
    events = events_of(folder)
    (started,) = [one for one in events if isinstance(one, Started)]
    assert (started.images, started.total_steps) == (3, 6)
    assert [one.pictures for one in events if isinstance(one, Validation)] == [2, 2, 2]
    assert [step for step, _ in measured(folder)] == [0, 3, 6]
    assert isinstance(events[-1], Finished)
    told = load_lora(folder.final_path("mira")).metadata
    assert told["ss_num_validation_images"] == "2"
    assert (told["ss_validation_split"], told["ss_validation_seed"]) == ("0.4", "42")
    assert told["ss_num_train_images"] == "3"
    assert told["ss_validate_every_n_epochs"] == "1"


def test_a_measured_run_goes_on_exactly(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, held_out: Path
) -> None:
    """With a moving average, by whose weights it is measured."""
    settings = {
        "validation__images": str(held_out),
        "validation__every_steps": "1",
        "training__ema_decay": "0.9",
    }
    through, stopped = new_run(recipe(**settings)), new_run(recipe(**settings))
    assert train_here(through) == 0
    (stopped.control / "stop").touch()
    assert train_here(stopped) == 0
    assert run_state(stopped) is RunState.STOPPED
    assert train_here(stopped) == 0
    assert measured(through) == measured(stopped)
    steps = [one.step for one in events_of(stopped) if isinstance(one, Step)]
    assert steps == list(range(1, 7))


def test_sdxl_is_measured_with_its_sizes(
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    sdxl_folder: Path,
    held_out: Path,
) -> None:
    folder = new_run(
        recipe(
            model__base=str(sdxl_folder),
            training__steps="1",
            network__parts="unet",
            validation__images=str(held_out),
        )
    )
    assert train_here(folder) == 0
    assert [step for step, _ in measured(folder)] == [0, 1]

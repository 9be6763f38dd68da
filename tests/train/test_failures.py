"""What goes wrong in a training: told in words, and nothing that was saved is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import safetensors.torch
import torch

from lora_wizard.lora import load_lora
from lora_wizard.runs import (
    Checkpoint,
    Failed,
    RunFolder,
    RunState,
    Step,
    hold_lock,
    run_status,
)
from lora_wizard.train.state import load_state

from .conftest import LimitFiles, MakeRecipe, NewRun, TrainHere
from .trainers import events_of, fill_disk_at

DIVERGING = {
    "training__learning_rate": "10",
    "training__scheduler": "constant",
    "training__steps": "40",
    "network__rank": "16",
    "network__alpha": "16",
    "saving__every_steps": "1",
}
"""alpha = rank at ten thousand times the usual rate: the loss is no number after three steps."""


def failure_of(folder: RunFolder) -> Failed:
    assert run_status(folder).state is RunState.FAILED
    end = events_of(folder)[-1]
    assert isinstance(end, Failed)
    return end


def saved_step(folder: RunFolder) -> int:
    """The step of the last state, all of whose values are numbers."""
    state = load_state(folder, processes=1)
    assert state is not None
    moments = [value for one in state.optimizer["state"].values() for value in one.values()]
    assert all(bool(torch.isfinite(one).all()) for one in (*state.tensors.values(), *moments))
    return state.step


def partial_files(folder: RunFolder) -> list[Path]:
    return list(folder.path.rglob(".*"))


def test_a_diverging_run_stops_with_advice_and_its_last_state_is_good(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe(**DIVERGING))
    assert train_here(folder) == 1
    failed = failure_of(folder)
    assert "no longer a number at step 3" in failed.error
    assert "learning_rate (now 10)" in failed.hint
    assert "network.alpha (now 16 at rank 16)" in failed.hint
    assert saved_step(folder) == 2
    assert not folder.final_path("mira").exists()
    steps = [event.step for event in events_of(folder) if isinstance(event, Step)]
    assert steps == [1, 2]
    checkpoints = [event.path for event in events_of(folder) if isinstance(event, Checkpoint)]
    assert len(checkpoints) == 2
    for path in checkpoints:
        assert load_lora(folder.path / path).rank == 16


def test_a_diverged_run_goes_on_from_its_last_good_state_to_the_same_end(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe(**DIVERGING))
    assert train_here(folder) == 1
    assert train_here(folder) == 1
    assert "at step 3" in failure_of(folder).error
    assert saved_step(folder) == 2


def spoil(base_folder: Path, to: Path, *names: str, value: float) -> Path:
    """A copy of the base whose UNet has a bad value in some tensors."""
    shutil.copytree(base_folder, to)
    (file,) = (to / "unet").glob("*.safetensors")
    tensors = safetensors.torch.load_file(file)
    for name in names:
        tensors[name].view(-1)[0] = value
    safetensors.torch.save_file(tensors, file, metadata={"format": "pt"})
    return to


def test_a_base_with_values_that_are_no_numbers_is_told_by_their_tensor_and_leaves_nothing(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, base_folder: Path, tmp_path: Path
) -> None:
    spoilt = spoil(base_folder, tmp_path / "spoilt", "conv_out.bias", value=float("nan"))
    folder = new_run(recipe(model__base=str(spoilt)))
    assert train_here(folder) == 1
    assert "conv_out.bias: 1 values" in failure_of(folder).error
    assert load_state(folder, processes=1) is None
    assert not list(folder.path.rglob("*.safetensors"))


def test_a_loss_that_is_no_number_ends_at_step_1_and_leaves_nothing(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, base_folder: Path, tmp_path: Path
) -> None:
    """A value that is just a number still; its square is none."""
    spoilt = spoil(base_folder, tmp_path / "spoilt", "conv_out.bias", value=3e38)
    folder = new_run(recipe(model__base=str(spoilt)))
    assert train_here(folder) == 1
    assert "step 1" in failure_of(folder).error
    assert load_state(folder, processes=1) is None
    assert not list(folder.path.rglob("*.safetensors"))


def test_a_gradient_that_is_no_number_never_reaches_the_weights(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, base_folder: Path, tmp_path: Path
) -> None:
    """An error of 3e17 squared is still a number, and so is the loss; its gradient's square, with
    a large alpha behind it, is none."""
    spoilt = spoil(base_folder, tmp_path / "spoilt", "conv_out.bias", value=3e17)
    folder = new_run(
        recipe(model__base=str(spoilt), saving__every_steps="1", network__alpha="65536")
    )
    assert train_here(folder) == 1
    failed = failure_of(folder)
    assert "step 1" in failed.error
    assert "learning_rate" in failed.hint
    assert load_state(folder, processes=1) is None
    assert not list(folder.path.rglob("*.safetensors"))


@pytest.mark.parametrize("where", ["state/state.pt", "checkpoints/mira-step00000004.safetensors"])
def test_a_full_disk_while_saving_leaves_what_was_saved_before(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere, where: str
) -> None:
    folder = new_run(recipe(saving__every_steps="2"))
    (folder.control / "stop").touch()
    assert train_here(folder) == 0
    before = (folder.path / "checkpoints/mira-step00000002.safetensors").read_bytes()
    fill_disk_at(folder.path / where)
    assert train_here(folder) == 1
    failed = failure_of(folder)
    assert where in failed.error
    assert "full" in failed.error or "No space left" in failed.error
    assert "space" in failed.hint
    assert saved_step(folder) == (2 if "state" in where else 4)
    assert (folder.path / "checkpoints/mira-step00000002.safetensors").read_bytes() == before
    assert not partial_files(folder)
    assert train_here(folder) == 0
    assert folder.final_path("mira").exists()


def test_a_full_disk_at_the_very_end_costs_only_the_last_file(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe())
    fill_disk_at(folder.final_path("mira"))
    assert train_here(folder) == 1
    assert "mira.safetensors" in failure_of(folder).error
    assert saved_step(folder) == 6
    assert not folder.final_path("mira").exists()
    assert train_here(folder) == 0
    assert folder.final_path("mira").exists()


def test_a_disk_too_full_for_the_log_is_told_on_the_console(
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    limit_files: LimitFiles,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = new_run(recipe(training__steps="1000"))
    with limit_files(3000):
        code = train_here(folder)
    assert code == 1
    assert "events.jsonl: it cannot be written (File too large)" in capsys.readouterr().err
    steps = [event.step for event in events_of(folder) if isinstance(event, Step)]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) > 5


def test_a_second_trainer_is_refused_and_touches_nothing(
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = new_run(recipe())
    with hold_lock(folder):
        assert train_here(folder) == 1
    assert "is being trained by process" in capsys.readouterr().err
    assert not folder.events_path.exists()
    assert not folder.run_json.exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"training__precision": "fp16"}, "fp16 does not train on a CPU"),
        ({"data__resolution": "72"}, "trains on multiples of 16 pixels, not on 72"),
        ({"model__base": "/no/such/model"}, "There is no such file or folder"),
        ({"data__images": "/no/such/folder"}, "/no/such/folder"),
        ({"model__clip_skip": "9"}, "clip skip 9 is too much"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_what_cannot_be_trained_is_told_before_the_first_step(
    recipe: MakeRecipe,
    new_run: NewRun,
    train_here: TrainHere,
    settings: dict[str, str],
    words: str,
) -> None:
    folder = new_run(recipe(**settings))
    assert train_here(folder) == 1
    assert words in failure_of(folder).error
    assert not [event for event in events_of(folder) if isinstance(event, Step)]


def test_a_recipe_that_was_damaged_is_told_in_the_log(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    folder = new_run(recipe())
    folder.recipe_path.write_text("format = 1\n[training]\nstepps = 4\n", encoding="utf-8")
    assert train_here(folder) == 1
    assert "training.steps" in failure_of(folder).error


def test_a_folder_that_is_no_run_is_told_on_the_console(
    tmp_path: Path, train_here: TrainHere, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_here(RunFolder(tmp_path / "none")) == 1
    assert str(tmp_path / "none") in capsys.readouterr().err

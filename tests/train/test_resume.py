"""A run that was killed at any moment ends, once resumed, as if it never had been: to the bit."""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors
import torch
from torch import Tensor

from lora_wizard.recipe import Recipe
from lora_wizard.runs import (
    Checkpoint,
    Event,
    Finished,
    RunFolder,
    RunState,
    Started,
    Step,
    Stopped,
    run_state,
    summarise,
)
from lora_wizard.train.state import load_state

from .conftest import MakeRecipe, NewRun
from .trainers import Nursery, events_of

STEPS = 12
SETTINGS = {
    # Both parts with convolutions; a state every four steps.
    "both": {
        "training__steps": "12",
        "saving__every_steps": "4",
        "network__conv_rank": "2",
        "training__batch_size": "2",
        "training__warmup_ratio": "0.2",
    },
    # Cached texts, and everything in which chance is at work.
    "unet": {
        "training__steps": "12",
        "saving__every_steps": "4",
        "network__parts": "unet",
        "network__dropout": "0.1",
        "network__rank_dropout": "0.2",
        "network__module_dropout": "0.2",
        "data__caption_dropout": "0.2",
        "data__tag_dropout": "0.2",
        "data__flip": "true",
        "training__noise_offset": "0.05",
        "training__min_snr_gamma": "5",
        "training__gradient_accumulation": "2",
        "training__precision": "bf16",
    },
}


on_both_plans = pytest.mark.parametrize("plan", list(SETTINGS), indirect=True, scope="module")
on_one_plan = pytest.mark.parametrize("plan", ["both"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def plan(request: pytest.FixtureRequest, recipe: MakeRecipe) -> Recipe:
    return recipe(**SETTINGS[request.param])


@pytest.fixture(scope="module")
def uninterrupted(plan: Recipe, new_run: NewRun, nursery: Nursery) -> RunFolder:
    folder = new_run(plan)
    assert nursery.start(folder).wait() == 0
    assert run_state(folder) is RunState.FINISHED
    return folder


@pytest.fixture
def folder(plan: Recipe, new_run: NewRun) -> RunFolder:
    return new_run(plan)


def content_of(folder: RunFolder) -> tuple[dict[str, Tensor], str]:
    """The final file's values and the hash of them in it; times and dates differ."""
    with safetensors.safe_open(folder.final_path("mira"), framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return tensors, file.metadata()["sshs_model_hash"]


def assert_same_end(folder: RunFolder, uninterrupted: RunFolder) -> None:
    assert run_state(folder) is RunState.FINISHED
    tensors, model_hash = content_of(folder)
    expected, expected_hash = content_of(uninterrupted)
    assert tensors.keys() == expected.keys()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in tensors.items())
    assert any(tensor.any() for name, tensor in tensors.items() if ".lora_up" in name)
    assert model_hash == expected_hash
    told = [summarise(events_of(one)).losses for one in (folder, uninterrupted)]
    assert told[0] == told[1]
    assert not list(folder.path.rglob(".*"))


def starts_of(folder: RunFolder) -> list[int | None]:
    return [e.resumed_from for e in events_of(folder) if isinstance(e, Started)]


def step_done(step: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Step) and event.step == step


def checkpoint_of(step: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Checkpoint) and event.step == step


@pytest.mark.parametrize(
    ("plan", "moment", "resumed_from"),
    [
        ("both", step_done(1), None),
        ("both", checkpoint_of(4), 4),
        ("both", step_done(5), 4),
        ("unet", step_done(5), 4),
    ],
    ids=[
        "before the first state",
        "right after a checkpoint",
        "between two states",
        "between two states, with chance at work",
    ],
    indirect=["plan"],
    scope="module",
)
def test_a_killed_run_ends_as_the_uninterrupted_one(
    moment: Callable[[Event], bool],
    resumed_from: int | None,
    folder: RunFolder,
    uninterrupted: RunFolder,
    nursery: Nursery,
) -> None:
    trainer = nursery.start(folder)
    trainer.until(moment)
    trainer.kill()
    assert run_state(folder) is RunState.LOST
    assert nursery.start(folder).wait() == 0
    assert starts_of(folder) == [None, resumed_from]
    assert_same_end(folder, uninterrupted)


def kill_in_the_middle_of_writing(path: Path, folder: RunFolder, nursery: Nursery) -> None:
    """Kills a trainer that has written some of `path`, and leaves those bytes as it would."""
    partial = path.with_name(f".{path.name}.partial")
    laid = partial.with_name(f"{partial.name}.instead")
    os.mkfifo(laid)
    pipe = os.open(laid, os.O_RDWR)
    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, 4096)  # less than any file: it waits in the middle
    trainer = nursery.start(folder)
    torn = os.read(pipe, 1000)
    trainer.kill()
    os.close(pipe)
    assert torn
    partial.unlink()
    partial.write_bytes(torn)


@on_one_plan
@pytest.mark.parametrize(
    ("path", "resumed_from"),
    [
        ("state/state.pt", None),
        ("checkpoints/mira-step00000004.safetensors", 4),
        ("mira.safetensors", STEPS),
    ],
)
def test_a_run_killed_in_the_middle_of_saving_ends_as_the_uninterrupted_one(
    path: str,
    resumed_from: int | None,
    folder: RunFolder,
    uninterrupted: RunFolder,
    nursery: Nursery,
) -> None:
    kill_in_the_middle_of_writing(folder.path / path, folder, nursery)
    assert not (folder.path / path).exists()
    assert nursery.start(folder).wait() == 0
    assert starts_of(folder) == [None, resumed_from]
    assert_same_end(folder, uninterrupted)


@on_one_plan
def test_a_second_state_torn_in_the_writing_leaves_the_first_to_go_on_from(
    folder: RunFolder, uninterrupted: RunFolder, nursery: Nursery
) -> None:
    first = nursery.start(folder)
    first.until(checkpoint_of(4))
    first.signal(signal.SIGTERM)
    assert first.wait() == 0
    state = load_state(folder, processes=1)
    assert state is not None
    kill_in_the_middle_of_writing(folder.state / "state.pt", folder, nursery)
    third = nursery.start(folder)
    third.until(step_done(9))
    third.kill()
    assert nursery.start(folder).wait() == 0
    assert starts_of(folder) == [None, state.step, state.step, 8]
    assert_same_end(folder, uninterrupted)


@on_both_plans
def test_a_run_stopped_and_resumed_twice_ends_as_the_uninterrupted_one(
    folder: RunFolder, uninterrupted: RunFolder, nursery: Nursery
) -> None:
    for step in (3, 6):
        trainer = nursery.start(folder)
        trainer.until(step_done(step))
        trainer.signal(signal.SIGTERM)
        assert trainer.wait() == 0
        assert run_state(folder) is RunState.STOPPED
    assert nursery.start(folder).wait() == 0
    stops = [event.step for event in events_of(folder) if isinstance(event, Stopped)]
    assert starts_of(folder) == [None, *stops]
    assert isinstance(events_of(folder)[-1], Finished)
    assert_same_end(folder, uninterrupted)

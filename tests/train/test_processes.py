"""Two trainers that share the steps: one writer, one result, one end."""

from __future__ import annotations

import os
import signal

import pytest
import torch

from lora_wizard.errors import RunError
from lora_wizard.lora import load_lora
from lora_wizard.recipe import Recipe
from lora_wizard.runs import (
    Checkpoint,
    Failed,
    Finished,
    RunFolder,
    RunState,
    Started,
    Step,
    Stopped,
    launch,
    run_state,
)
from lora_wizard.train.state import load_state

from .conftest import MakeRecipe, NewRun, TrainHere
from .trainers import Nursery, Trainer, events_of, fill_disk_at, free_port, wait_until


def start_two(nursery: Nursery, folder: RunFolder) -> tuple[Trainer, Trainer]:
    """As torch's launcher starts them."""
    shared = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
    }
    first, second = (
        nursery.start(folder, {**shared, "RANK": rank, "LOCAL_RANK": rank}) for rank in "01"
    )
    return first, second


def losses_of(folder: RunFolder) -> list[float]:
    return [event.loss for event in events_of(folder) if isinstance(event, Step)]


@pytest.fixture(scope="module")
def plan(recipe: MakeRecipe) -> Recipe:
    return recipe(training__steps="24", training__batch_size="2", saving__every_steps="12")


@pytest.fixture(scope="module")
def together(plan: Recipe, new_run: NewRun, nursery: Nursery) -> RunFolder:
    folder = new_run(plan)
    trainers = start_two(nursery, folder)
    codes = [trainer.wait() for trainer in trainers]
    assert codes == [0, 0], folder.console_path.read_text(encoding="utf-8")
    return folder


def test_one_of_them_writes(together: RunFolder) -> None:
    events = events_of(together)
    assert run_state(together) is RunState.FINISHED
    assert isinstance(events[-1], Finished)
    assert sum(isinstance(event, Started) for event in events) == 1
    assert sum(isinstance(event, Finished) for event in events) == 1
    assert [event.step for event in events if isinstance(event, Step)] == list(range(1, 25))
    assert [event.path for event in events if isinstance(event, Checkpoint)] == [
        "checkpoints/mira-000006.safetensors"  # five pictures are two steps for two trainers
    ]
    assert not list(together.path.rglob(".*"))
    metadata = load_lora(together.final_path("mira")).metadata
    assert metadata["ss_total_batch_size"] == "4"


def test_they_learn_what_one_with_their_total_batch_learns(
    together: RunFolder, recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    """Same pictures and captions in every step, other noise: the losses agree on average."""
    alone = new_run(
        recipe(training__steps="24", training__batch_size="2", training__gradient_accumulation="2")
    )
    assert train_here(alone) == 0
    ours, theirs = losses_of(alone)[-12:], losses_of(together)[-12:]
    assert sum(ours) / 12 == pytest.approx(sum(theirs) / 12, rel=0.05)
    changes = [load_lora(folder.final_path("mira")).tensors for folder in (alone, together)]
    sizes = [sum(float(t.square().sum()) for n, t in one.items() if "up" in n) for one in changes]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.2)


def test_a_wish_to_stop_to_one_of_them_stops_both_at_the_same_step(
    recipe: MakeRecipe, new_run: NewRun, nursery: Nursery
) -> None:
    folder = new_run(recipe(training__steps="100000"))
    first, second = start_two(nursery, folder)
    first.until(lambda event: isinstance(event, Step))
    second.signal(signal.SIGTERM)
    assert [first.wait(), second.wait()] == [0, 0]
    assert run_state(folder) is RunState.STOPPED
    end = events_of(folder)[-1]
    assert isinstance(end, Stopped)
    assert load_lora(folder.path / end.path).metadata["ss_steps"] == str(end.step)
    state = load_state(folder, processes=2)
    assert state is not None
    assert state.step == end.step
    with pytest.raises(RunError, match="begun with 2 trainers"):
        load_state(folder, processes=1)


def test_when_one_of_them_dies_the_writer_says_so_and_keeps_the_state(
    recipe: MakeRecipe, new_run: NewRun, nursery: Nursery
) -> None:
    folder = new_run(recipe(training__steps="100000", saving__every_steps="2"))
    first, second = start_two(nursery, folder)
    first.until(lambda event: isinstance(event, Checkpoint))
    second.kill()
    assert first.wait() == 1
    end = events_of(folder)[-1]
    assert isinstance(end, Failed)
    assert "another of the trainers" in end.error
    assert "resume" in end.hint
    assert load_state(folder, processes=2) is not None


def test_when_the_writer_fails_the_other_ends_too(
    recipe: MakeRecipe, new_run: NewRun, nursery: Nursery
) -> None:
    folder = new_run(recipe(training__steps="100000", saving__every_steps="2"))
    fill_disk_at(folder.state / "state.pt")
    first, second = start_two(nursery, folder)
    assert [first.wait(), second.wait()] == [1, 1]
    ends = [event.error for event in events_of(folder) if isinstance(event, Failed)]
    assert len(ends) == 1
    assert "the disk is full" in ends[0]


def test_two_resumed_trainers_end_as_two_uninterrupted_ones(
    plan: Recipe, together: RunFolder, new_run: NewRun, nursery: Nursery
) -> None:
    folder = new_run(plan)
    first, second = start_two(nursery, folder)
    first.until(lambda event: isinstance(event, Step) and event.step == 14)
    # Both at once: one that sees its partner go would end by itself.
    for trainer in (first, second):
        os.kill(trainer.pid, signal.SIGKILL)
    for trainer in (first, second):
        trainer.wait()
    assert [trainer.wait() for trainer in start_two(nursery, folder)] == [0, 0]
    found, expected = (load_lora(one.final_path("mira")).tensors for one in (folder, together))
    assert all(torch.equal(tensor, expected[name]) for name, tensor in found.items())


def test_torchs_launcher_starts_and_stops_them(recipe: MakeRecipe, new_run: NewRun) -> None:
    """Torch's own launcher, as `--processes 2` starts it: one process of it, two of ours."""
    folder = new_run(recipe(training__steps="100000"))
    launcher = launch(folder, processes=2, patience_seconds=60)
    try:
        wait_until(lambda: bool(losses_of(folder)) or launcher.poll() is not None)
        assert launcher.poll() is None, folder.console_path.read_text(encoding="utf-8")
        launcher.terminate()
        launcher.wait(60)
    finally:
        if launcher.poll() is None:
            os.killpg(launcher.pid, signal.SIGKILL)
    assert run_state(folder) is RunState.STOPPED
    assert isinstance(events_of(folder)[-1], Stopped)

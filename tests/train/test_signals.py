"""Signals as wishes: the step is finished, everything saved. A lost terminal is no wish."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from lora_wizard.lora import load_lora
from lora_wizard.runs import (
    Phase,
    RunState,
    Started,
    Step,
    Stopped,
    request_stop,
    run_state,
    run_status,
)
from lora_wizard.train.state import load_state

from .conftest import MakeRecipe, NewRun
from .trainers import Nursery, events_of

LONG = "100000"


@pytest.mark.parametrize("wish", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_asked_to_stop_saves_everything_and_says_so(
    recipe: MakeRecipe, new_run: NewRun, nursery: Nursery, wish: signal.Signals
) -> None:
    folder = new_run(recipe(training__steps=LONG))
    trainer = nursery.start(folder)
    trainer.until(lambda event: isinstance(event, Step) and event.step == 2)
    trainer.signal(wish)
    assert trainer.wait() == 0
    assert run_state(folder) is RunState.STOPPED
    end = events_of(folder)[-1]
    assert isinstance(end, Stopped)
    assert end.step >= 2
    assert load_lora(folder.path / end.path).metadata["ss_steps"] == str(end.step)
    state = load_state(folder, processes=1)
    assert state is not None
    assert state.step == end.step
    assert not folder.final_path("mira").exists()


@pytest.mark.parametrize("by_signal", [True, False])
def test_a_stop_asked_for_before_the_first_step_ends_the_run_at_once(
    recipe: MakeRecipe, new_run: NewRun, nursery: Nursery, by_signal: bool
) -> None:
    folder = new_run(recipe(training__steps="3"))
    trainer = nursery.start(folder)
    trainer.until(lambda event: isinstance(event, Phase) and event.name == "loading")
    if by_signal:
        trainer.signal(signal.SIGTERM)
    else:  # as from another host, a tick of the file system's clock later
        time.sleep(0.05)
        (folder.control / "stop").touch()
    assert trainer.wait() == 0
    assert run_state(folder) is RunState.STOPPED
    end = events_of(folder)[-1]
    assert isinstance(end, Stopped)
    assert (end.step, end.path) == (0, "")
    assert not any(isinstance(event, Step) for event in events_of(folder))
    assert nursery.start(folder).wait() == 0
    assert run_state(folder) is RunState.FINISHED


def test_a_resumed_run_that_is_stopped_while_it_loads_keeps_its_step(
    recipe: MakeRecipe, new_run: NewRun, nursery: Nursery
) -> None:
    folder = new_run(recipe(training__steps=LONG))
    first = nursery.start(folder)
    first.until(lambda event: isinstance(event, Step) and event.step == 2)
    first.signal(signal.SIGTERM)
    assert first.wait() == 0
    reached = run_status(folder).summary.step
    between = time.time()
    second = nursery.start(folder)
    second.until(lambda event: event.time > between)
    second.signal(signal.SIGTERM)
    assert second.wait() == 0
    end = events_of(folder)[-1]
    assert isinstance(end, Stopped)
    assert end.step >= reached
    assert run_state(folder) is RunState.STOPPED


def test_a_lost_terminal_stops_nothing(
    recipe: MakeRecipe, new_run: NewRun, nursery: Nursery
) -> None:
    folder = new_run(recipe(training__steps="20"))
    trainer = nursery.start(folder)
    trainer.until(lambda event: True)
    trainer.signal(signal.SIGHUP)
    trainer.until(lambda event: isinstance(event, Step))
    trainer.signal(signal.SIGHUP)
    assert trainer.wait() == 0
    assert run_state(folder) is RunState.FINISHED
    assert [event.step for event in events_of(folder) if isinstance(event, Step)] == list(
        range(1, 21)
    )


def test_a_stop_asked_for_by_another_program_is_heard(
    recipe: MakeRecipe, new_run: NewRun, nursery: Nursery
) -> None:
    folder = new_run(recipe(training__steps=LONG))
    trainer = nursery.start(folder)
    trainer.until(lambda event: isinstance(event, Started))
    request_stop(folder)
    assert trainer.wait() == 0
    assert run_state(folder) is RunState.STOPPED


def test_a_second_trainer_is_refused_while_the_first_goes_on(
    recipe: MakeRecipe, new_run: NewRun, nursery: Nursery
) -> None:
    folder = new_run(recipe(training__steps=LONG))
    first = nursery.start(folder)
    first.until(lambda event: isinstance(event, Step))
    second = nursery.start(folder)
    assert second.wait() == 1
    console = folder.console_path.read_text(encoding="utf-8")
    assert f"is being trained by process {first.pid}" in console
    assert first.alive
    first.signal(signal.SIGTERM)
    assert first.wait() == 0
    assert [isinstance(event, Started) for event in events_of(folder)].count(True) == 1
    assert Path(folder.events_path).read_bytes().count(b'"log"') == 1

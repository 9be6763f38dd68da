"""Starting a training where another one runs: what is asked, and what each answer does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from lora_wizard.questions import Value
from lora_wizard.queue import (
    QueueFolder,
    add,
    entries,
    start_worker,
    stop_worker,
    worker_log_tail,
    worker_record,
)
from lora_wizard.runs import RunFolder, RunState, find_runs, run_state
from lora_wizard.ui.dialogs import ChooseDialog
from lora_wizard.ui.home import HomeScreen
from lora_wizard.ui.wizard import ReviewScreen

from ..cli.fake_trainers import let_go, make_run, start, wait_for_step_10, wait_until
from .conftest import MakeApp
from .steps import begin, settled, to_review

SIZE = (80, 24)
FEW: dict[str, Value] = {
    "network.rank": 4,
    "training.length": "2 steps",
    "sampling.prompts": (),
    "saving.name": "mira",
}


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[QueueFolder]:
    """The queue of the app's runs; its worker is stopped in the end."""
    folder = QueueFolder.of_root(tmp_path / "runs")
    yield folder
    if worker_record(folder) is not None:
        stop_worker(folder)
        wait_until(lambda: worker_record(folder) is None)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[RunFolder]:
    """A run that is being trained, outside the queue."""
    folder = make_run(tmp_path / "runs" / "other")
    trainer: subprocess.Popen[bytes] = start(folder)
    wait_for_step_10(folder)
    yield folder
    let_go(folder)
    assert trainer.wait() == 0


async def press_start(pilot: Pilot[None]) -> None:
    await begin(pilot)
    screen = await to_review(pilot)
    screen.set_flow(screen.flow.with_given(FEW))
    await pilot.press("s")
    await settled(pilot)


def question(pilot: Pilot[None]) -> str:
    assert isinstance(pilot.app.screen, ChooseDialog), pilot.app.screen
    return str(pilot.app.screen.query_one(".body", Static).content)


def new_runs(root: Path) -> list[RunFolder]:
    return [one for one in find_runs(root) if one.name != "other"]


async def test_the_queue_is_offered_and_begins_when_the_other_has_ended(
    make_app: MakeApp, other: RunFolder, queue: QueueFolder, tmp_path: Path
) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await press_start(pilot)
        assert "Being trained now: other" in question(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        (run,) = new_runs(tmp_path / "runs")
        assert [entry.run for entry in entries(queue)] == [run]
        wait_until(lambda: "waits until other has ended" in worker_log_tail(queue))
        assert run_state(run) is RunState.CREATED
        listed = pilot.app.screen.query_one("#entries", OptionList)
        rows = [str(listed.get_option_at_index(n).prompt) for n in range(listed.option_count)]
        assert any("mira" in one and "queued" in one for one in rows)
        let_go(other)
        wait_until(lambda: run_state(run) is RunState.FINISHED)


async def test_leaving_the_question_starts_nothing(
    make_app: MakeApp, other: RunFolder, queue: QueueFolder, tmp_path: Path
) -> None:
    async with make_app().run_test(size=SIZE) as pilot:
        await press_start(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ReviewScreen)
    assert new_runs(tmp_path / "runs") == []
    assert worker_record(queue) is None


async def test_a_queue_that_is_worked_on_gets_it_as_the_next(
    make_app: MakeApp, other: RunFolder, queue: QueueFolder, tmp_path: Path
) -> None:
    add(queue, make_run(tmp_path / "runs" / "earlier"), now=1.0)
    worker = start_worker(queue)
    async with make_app().run_test(size=SIZE) as pilot:
        await press_start(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, HomeScreen)
        assert [(entry.number, entry.done) for entry in entries(queue)] == [(1, False), (2, False)]
    record = worker_record(queue)
    assert record is not None and record.process.pid == worker
    stop_worker(queue)
    wait_until(lambda: worker_record(queue) is None)


async def test_started_now_it_runs_beside_the_other(
    make_app: MakeApp, other: RunFolder, queue: QueueFolder, tmp_path: Path
) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await press_start(pilot)
        await pilot.press("down", "enter")
        await settled(pilot)
        (trainer,) = app.trainers
    (run,) = new_runs(tmp_path / "runs")
    assert run_state(other) is RunState.RUNNING
    assert entries(queue) == ()
    assert trainer.wait() == 0
    assert run_state(run) is RunState.FINISHED

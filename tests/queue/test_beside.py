"""What a new training would run beside: nothing, a run, or a queue that is worked on."""

from __future__ import annotations

import time
from pathlib import Path

from lora_wizard.queue import QueueFolder, add, found_beside
from lora_wizard.recipe import Recipe
from lora_wizard.runs import create_run

from ..cli.fake_trainers import let_go, make_run, start, wait_for_step_10


def test_nothing_trains_in_a_folder_that_is_empty_or_not_there(tmp_path: Path) -> None:
    assert not found_beside(tmp_path)
    assert not found_beside(tmp_path / "none")


def test_what_only_waits_in_a_queue_that_nobody_works_on_is_not_asked_about(tmp_path: Path) -> None:
    folder = create_run(tmp_path / "mira", Recipe())
    add(QueueFolder.of_root(tmp_path), folder, now=time.time())
    found = found_beside(tmp_path)
    assert (found.running, found.waiting, found.is_worked_on) == ((), 1, False)
    assert not found


def test_a_run_counts_while_its_trainer_lives(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira")
    trainer = start(folder)
    wait_for_step_10(folder)
    found = found_beside(tmp_path)
    assert found and found.running == ("mira",)
    let_go(folder)
    assert trainer.wait() == 0
    assert not found_beside(tmp_path)

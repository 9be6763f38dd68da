"""`lora-wizard stop`: with everything saved, or at once; and what cannot be stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lora_wizard.cli import main
from lora_wizard.runs import RunFolder, RunState, run_state, unsaved, write_record

from .fake_trainers import (
    FAILS,
    PATIENT,
    kill,
    let_go,
    make_run,
    start,
    wait_for,
    wait_for_step_10,
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.chdir(tmp_path)
    return make_run(tmp_path / "runs" / "mira")


def stop(*words: str) -> Result:
    return CliRunner().invoke(main, ["stop", *words])


def test_the_trainer_finishes_saves_and_the_way_on_is_said(folder: RunFolder) -> None:
    process = start(folder)
    wait_for_step_10(folder)
    result = stop("mira")
    assert result.exit_code == 0, result.output
    assert process.wait() == 0
    assert "Asked mira to stop" in result.output
    assert "Stopped after step 10 of 20; everything is saved.\n" in result.output
    assert "Go on with: lora-wizard resume mira\n" in result.output


def test_without_a_name_the_running_one_is_stopped(folder: RunFolder) -> None:
    process = start(folder)
    wait_for_step_10(folder)
    assert stop().exit_code == 0
    assert process.wait() == 0
    assert run_state(folder) is RunState.STOPPED


def test_one_need_not_wait(folder: RunFolder) -> None:
    process = start(folder)
    wait_for_step_10(folder)
    result = stop("mira", "--no-wait")
    assert result.exit_code == 0
    assert "Go on later with: lora-wizard resume mira\n" in result.output
    assert process.wait() == 0


def test_now_kills_and_says_what_is_left(folder: RunFolder) -> None:
    process = start(folder)
    wait_for_step_10(folder)
    result = stop("mira", "--now")
    assert result.exit_code == 0, result.output
    assert process.wait() == -9
    assert "Killed mira." in result.output
    assert "Go on from the last saved state with: lora-wizard resume mira\n" in result.output
    assert run_state(folder) is RunState.LOST


def test_what_a_kill_would_cost_is_counted_from_the_last_state(folder: RunFolder) -> None:
    process = start(folder)
    wait_for_step_10(folder)
    assert unsaved(folder).steps == 0
    (folder.state / "state.pt").unlink()
    at_stake = unsaved(folder)
    assert (at_stake.saved_at, at_stake.steps) == (None, 10)
    (folder.state / ".state.pt.partial").touch()
    assert unsaved(folder) == at_stake
    let_go(folder)
    process.wait()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("finished", "finished already"),
        ("failed", "failed already"),
        ("lost", "ended already, without a word"),
        ("stopped", "stopped already"),
        ("created", "has not begun"),
    ],
)
def test_what_does_not_run_is_not_stopped(folder: RunFolder, how: str, words: str) -> None:
    if how == "finished":
        let_go(folder)
    if how != "created":
        process = start(folder, FAILS if how == "failed" else PATIENT)
        if how in ("lost", "stopped"):
            wait_for_step_10(folder)
            kill(folder) if how == "lost" else stop("mira")
        process.wait()
        wait_for(folder, RunState(how))
    result = stop("mira")
    assert result.exit_code == 2
    assert words in result.output
    assert not any(folder.control.iterdir())


def test_a_run_on_another_host_is_not_killed_from_here(folder: RunFolder) -> None:
    write_record(folder, argv=[], versions={}, now=1.0)
    here = folder.run_json.read_text(encoding="utf-8")
    folder.run_json.write_text(here.replace('"host": "', '"host": "far-'), encoding="utf-8")
    result = stop("mira", "--now")
    assert result.exit_code == 2
    assert "runs on far-" in result.output
    assert stop("mira", "--no-wait").exit_code == 0
    assert (folder.control / "stop").exists()

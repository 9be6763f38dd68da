"""`lora-wizard attach --plain`: which run, all of its past, and its end."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lora_wizard.cli import main
from lora_wizard.consoles import PlainTextConsole
from lora_wizard.errors import RunError
from lora_wizard.progress import follow
from lora_wizard.queue import QueueFolder, add
from lora_wizard.runs import RunState, run_state, write_record

from .fake_trainers import FAILS, let_go, make_run, start, wait_for_step_10


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs"


def attach(*words: str) -> Result:
    return CliRunner().invoke(main, ["attach", *words])


def test_all_that_happened_is_shown_again_with_the_end(root: Path) -> None:
    folder = make_run(root / "mira")
    let_go(folder)
    assert start(folder).wait() == 0
    result = attach("mira", "--plain")
    assert result.exit_code == 0, result.output
    for percent in range(10, 101, 10):
        assert f"({percent} %)" in result.output
    assert "step 2/20 (10 %)  loss 0.7475" in result.output
    assert "Finished: 20 steps in 2 s.\n" in result.output
    assert str(folder.path) in result.output


def test_without_a_terminal_lines_are_printed_anyway(root: Path) -> None:
    folder = make_run(root / "mira")
    let_go(folder)
    start(folder).wait()
    assert "(100 %)" in attach("mira").output


def test_a_failed_run_ends_with_exit_code_1(root: Path) -> None:
    folder = make_run(root / "mira")
    assert start(folder, FAILS).wait() == 1
    result = attach("--plain")
    assert result.exit_code == 1
    assert "Failed: There is no such file or folder\nCheck the path\n" in result.output


def test_without_a_name_the_running_one_is_meant_though_others_are_newer(root: Path) -> None:
    running, newer = make_run(root / "mira"), make_run(root / "kasumi")
    process = start(running)
    let_go(newer)
    start(newer).wait()
    let_go(running)
    result = attach("--plain")
    assert process.wait() == 0
    assert f"Run: {running.path}" in result.output
    assert "(100 %)" in result.output


def test_several_running_are_listed(root: Path) -> None:
    for name in ("mira", "kasumi"):
        # This process plays both trainers.
        write_record(make_run(root / name), argv=[], versions={}, now=1.0)
    result = attach("--plain")
    assert result.exit_code == 2
    assert "2 runs are being trained" in result.output
    assert "kasumi, mira" in result.output


def test_with_none_running_the_newest_that_began_is_meant(root: Path) -> None:
    ended, untouched = make_run(root / "mira"), make_run(root / "kasumi")
    start(ended, FAILS).wait()
    untouched.recipe_path.touch()
    assert f"Run: {ended.path}" in attach("--plain").output


def test_a_run_that_has_not_begun_is_not_called_lost(root: Path) -> None:
    folder = make_run(root / "mira")
    result = attach("--plain")
    assert run_state(folder) is RunState.CREATED
    assert "It has not begun. Begin it with: lora-wizard resume mira\n" in result.output
    assert result.exit_code == 0


def test_no_runs_and_no_such_run_are_told(root: Path) -> None:
    assert "there are no runs" in attach("--plain").output
    make_run(root / "mira")
    result = attach("mirra", "--plain")
    assert result.exit_code == 2
    assert "Did you mean mira?" in result.output


def test_runs_elsewhere_are_found_by_root_and_by_path(root: Path, tmp_path: Path) -> None:
    folder = make_run(tmp_path / "elsewhere" / "mira")
    let_go(folder)
    start(folder).wait()
    for words in (("--root", "elsewhere"), ("elsewhere/mira",), (str(folder.path),)):
        assert "(100 %)" in attach(*words, "--plain").output


def test_a_run_that_is_deleted_while_it_is_looked_at_is_said_to_be_gone(root: Path) -> None:
    folder = make_run(root / "mira")
    process = start(folder)
    wait_for_step_10(folder)
    shutil.rmtree(folder.path)
    process.kill()
    process.wait()
    with pytest.raises(RunError, match="deleted or moved"):
        follow(folder, None, console=PlainTextConsole(force_terminal=False))


def test_queued_runs_are_called_queued(root: Path) -> None:
    folder = make_run(root / "mira")
    make_run(root / "yuki")
    add(QueueFolder.of_root(root), folder, now=0.0)
    lines = CliRunner().invoke(main, ["runs"]).output.splitlines()
    assert {line.split("\t")[0]: line.split("\t")[1] for line in lines[1:]} == {
        "mira": "queued",
        "yuki": "created",
    }

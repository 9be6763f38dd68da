"""Run folders that somebody else made: what they name or link to is not believed."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from lora_wizard.errors import RunError
from lora_wizard.runs import (
    ProcessIdentity,
    RunFolder,
    RunState,
    atomic_write,
    console_tail,
    hold_lock,
    launch,
    open_log,
    read_events,
    request_save,
    request_stop,
    run_state,
    run_status,
    write_record,
)

from ..cli.fake_trainers import PATIENT, let_go, make_run, start, wait_for_step_10
from .conftest import Spawn

LINKS = [
    "console.log",
    "lock",
    "events.jsonl",
    "run.json",
    "recipe.toml",
    "mira.safetensors",
    ".mira.safetensors.partial",
    "state/state.pt",
    "state/.state.pt.partial",
    "control/stop",
    "samples/deep/0.png",
    "tensorboard",
]
"""Whatever a trainer appends to, writes or reads."""


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    path = tmp_path / "home" / ".bashrc"
    path.parent.mkdir()
    path.write_text("old\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize("to_missing", [False, True])
def test_no_trainer_starts_in_a_folder_with_a_link(
    folder: RunFolder, precious: Path, name: str, to_missing: bool
) -> None:
    target = precious.with_name("missing") if to_missing else precious
    link = folder.path / name
    link.parent.mkdir(parents=True, exist_ok=True)
    if name == "recipe.toml":
        shutil.move(link, precious)
    link.symlink_to(target)
    before = precious.read_bytes()
    with pytest.raises(RunError, match="symbolic link") as caught:
        launch(folder, command=[sys.executable, "-c", PATIENT])
    if caught.value.problems:
        assert caught.value.problems[0].where == name
    with pytest.raises(RunError, match="symbolic link"), hold_lock(folder):
        pass
    assert precious.read_bytes() == before
    assert not precious.with_name("missing").exists()


def test_many_links_are_named_together_and_counted(folder: RunFolder, precious: Path) -> None:
    for number in range(12):
        (folder.path / f"link{number:02}").symlink_to(precious)
    with pytest.raises(RunError, match="12 symbolic links") as caught, hold_lock(folder):
        pass
    assert len(caught.value.problems) == 10


def test_a_run_folder_may_itself_be_reached_by_a_link(folder: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder.path)
    with hold_lock(RunFolder(tmp_path / "link")):
        assert str(os.getpid()) in folder.lock_path.read_text(encoding="utf-8")


def test_a_partial_file_that_is_a_link_is_never_written_through(
    folder: RunFolder, precious: Path
) -> None:
    (folder.state / ".state.pt.partial").symlink_to(precious)
    atomic_write(folder.state / "state.pt", b"x" * 100)
    assert precious.read_text(encoding="utf-8") == "old\n"


def test_a_console_that_is_a_link_or_a_pipe_is_not_shown(folder: RunFolder, precious: Path) -> None:
    folder.console_path.symlink_to(precious)
    assert console_tail(folder) == ""
    folder.console_path.unlink()
    os.mkfifo(folder.console_path)
    assert console_tail(folder) == ""


def test_a_log_that_is_a_pipe_is_refused_at_once(folder: RunFolder) -> None:
    os.mkfifo(folder.events_path)
    with pytest.raises(RunError, match="named pipe"):
        read_events(folder.events_path)
    with (
        pytest.raises(RunError, match="not a regular file"),
        open_log(folder.events_path),
    ):
        pass


def named(folder: RunFolder, identity: ProcessIdentity) -> None:
    """`run.json` as this host's, with that process."""
    write_record(folder, argv=["train"], versions={}, now=1.0)
    record = json.loads(folder.run_json.read_bytes())
    record |= {
        "pid": identity.pid,
        "start_ticks": identity.start_ticks,
        "boot_id": identity.boot_id,
    }
    folder.run_json.write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize("now", [False, True])
def test_a_record_without_a_start_names_nobody(folder: RunFolder, spawn: Spawn, now: bool) -> None:
    victim = spawn("import time; time.sleep(60)")
    boot = ProcessIdentity.current().boot_id
    named(folder, ProcessIdentity(victim.pid, None, boot))
    assert run_state(folder) is RunState.LOST
    with pytest.raises(RunError, match="not running"):
        request_stop(folder, now=now)
    assert victim.poll() is None


def test_a_process_that_does_not_train_the_run_is_not_killed(
    folder: RunFolder, spawn: Spawn
) -> None:
    """As when somebody knew the start of another process, or copied `run.json` out of its run."""
    victim = spawn("import time; time.sleep(60)")
    identity = ProcessIdentity.of(victim.pid)
    assert identity is not None
    named(folder, identity)
    with pytest.raises(RunError, match="cannot be shown to train this run"):
        request_stop(folder, now=True)
    request_stop(folder)  # a wish in the folder, no signal: SIGTERM would end it
    assert victim.poll() is None


def test_a_copy_of_a_running_run_stops_and_kills_nothing(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    process = start(run)
    try:
        wait_for_step_10(run)
        copy = RunFolder(tmp_path / "copy")
        shutil.copytree(run.path, copy.path)
        with pytest.raises(RunError, match="cannot be shown to train this run"):
            request_stop(copy, now=True)
        request_stop(copy)
        assert process.poll() is None
        assert run_state(run) is RunState.RUNNING
    finally:
        let_go(run)
        process.wait()
    assert run_state(run) is RunState.FINISHED


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"a": ' * 5_000,
        '{"pid": 1e999}',
        '{"pid": ' + "9" * 5_000 + "}",
        '{"pid": 4194305, "start_ticks": 1, "boot_id": "", "host": "", "started_at": 1, "argv": [],'
        ' "versions": {}}',
        '{"pid": 1, "start_ticks": 1, "boot_id": "", "host": "", "started_at": 1e999, "argv": [],'
        ' "versions": {}}',
        '{"pid": 1, "start_ticks": 1, "boot_id": "", "host": "", "started_at": 1, "argv": 5,'
        ' "versions": {}}',
    ],
    ids=range(7),
)
def test_a_record_that_cannot_be_read_is_none(folder: RunFolder, content: str) -> None:
    folder.run_json.write_text(content, encoding="utf-8")
    assert run_status(folder).record is None


def test_asking_through_a_link_touches_nothing(tmp_path: Path, precious: Path) -> None:
    run = make_run(tmp_path / "run")
    process = start(run)
    try:
        wait_for_step_10(run)
        (run.control / "save").symlink_to(precious.with_name("missing"))
        with pytest.raises(RunError, match="symbolic link"):
            request_save(run)
        assert not precious.with_name("missing").exists()
    finally:
        let_go(run)
        process.wait()

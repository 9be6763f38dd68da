"""How a run stands follows from its log and its process, whatever was true before."""

import dataclasses
import json
import os
import subprocess
from collections.abc import Callable

import pytest

from lora_wizard.runs import (
    Event,
    Failed,
    Finished,
    Note,
    ProcessIdentity,
    RunFolder,
    RunRecord,
    RunState,
    Started,
    Stopped,
    console_tail,
    open_log,
    read_record,
    run_state,
    run_status,
    summarise,
    write_record,
)
from lora_wizard.runs.state import state_of

Spawn = Callable[[str], "subprocess.Popen[bytes]"]
Wait = Callable[[Callable[[], bool]], None]

STARTED = Started(1, None, 100, 2, 50, 1, time=10.0)
RECORD = RunRecord(ProcessIdentity(1, 1, ""), "here", 9.0, ("train",), {})
RESUMED = dataclasses.replace(RECORD, started_at=30.0)

# A trainer like the real one: it names itself, says that it started, and works.
TRAINER = """
import sys, time
from pathlib import Path
from lora_wizard.runs import RunFolder, Started, open_log, write_record
folder = RunFolder(Path({path!r}))
write_record(folder, argv=sys.argv, versions={{}}, now=time.time())
with open_log(folder.events_path) as log:
    log.write(Started(1, None, 100, 2, 50, 1))
    time.sleep(60)
"""


@pytest.mark.parametrize(
    ("events", "record", "alive", "state"),
    [
        ([], None, False, RunState.CREATED),
        ([], RECORD, True, RunState.RUNNING),
        ([], RECORD, False, RunState.LOST),
        ([STARTED], RECORD, True, RunState.RUNNING),
        ([STARTED], RECORD, False, RunState.LOST),
        ([STARTED], None, False, RunState.LOST),
        ([STARTED, Finished("a", 1, 1.0, time=20.0)], RECORD, False, RunState.FINISHED),
        ([STARTED, Finished("a", 1, 1.0, time=20.0)], RECORD, True, RunState.FINISHED),
        ([STARTED, Stopped(5, time=20.0)], RECORD, False, RunState.STOPPED),
        ([STARTED, Failed("x", time=20.0)], RECORD, False, RunState.FAILED),
        ([Failed("before it started", time=20.0)], RECORD, False, RunState.FAILED),
        # A resumed trainer that is still loading, and one that died while it did.
        ([STARTED, Stopped(5, time=20.0)], RESUMED, True, RunState.RUNNING),
        ([STARTED, Stopped(5, time=20.0)], RESUMED, False, RunState.STOPPED),
        ([STARTED, Stopped(5, time=20.0), STARTED], RESUMED, False, RunState.LOST),
    ],
)
def test_the_state_of_every_log_and_life(
    events: list[Event], record: RunRecord | None, alive: bool, state: RunState
) -> None:
    assert state_of(summarise(events), record, alive=alive) is state


def test_a_fresh_folder_is_created(folder: RunFolder) -> None:
    assert run_state(folder) is RunState.CREATED


def test_kill_9_makes_a_running_run_lost(folder: RunFolder, spawn: Spawn, wait_until: Wait) -> None:
    process = spawn(TRAINER.format(path=str(folder.path)))
    wait_until(lambda: folder.events_path.exists() and run_state(folder) is RunState.RUNNING)
    process.kill()
    wait_until(lambda: run_state(folder) is RunState.LOST)
    assert run_status(folder).summary.total == 100


def test_a_run_of_another_host_is_as_its_log_says(folder: RunFolder) -> None:
    record = write_record(folder, argv=["train"], versions={}, now=5.0)
    with open_log(folder.events_path) as log:
        log.write(STARTED)
        flat = json.loads(folder.run_json.read_bytes())
        flat |= {"host": "far-away", "boot_id": "another", "pid": 2**22}
        folder.run_json.write_text(json.dumps(flat), encoding="utf-8")
        assert record.is_here
        assert run_status(folder).elsewhere == "far-away"
        assert run_state(folder) is RunState.RUNNING
        log.write(Finished("a.safetensors", 1, 1.0, time=20.0))
    assert run_state(folder) is RunState.FINISHED


def test_the_record_comes_back_as_it_was_written(folder: RunFolder) -> None:
    record = write_record(folder, argv=["train", "é"], versions={"torch": "2"}, now=12.5)
    assert read_record(folder) == record
    assert record.process == ProcessIdentity.of(os.getpid())


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": "x"}', "null"])
def test_a_record_that_makes_no_sense_is_as_none(folder: RunFolder, content: str) -> None:
    folder.run_json.write_text(content, encoding="utf-8")
    assert read_record(folder) is None
    assert run_state(folder) is RunState.CREATED


def test_the_end_of_the_console_is_its_last_lines_without_redrawn_bars(
    folder: RunFolder,
) -> None:
    text = "\n".join([f"line {number}" for number in range(30)] + ["10%\r50%\r100%\r", "done", ""])
    folder.console_path.write_text(text, encoding="utf-8")
    assert console_tail(folder, lines=3) == "line 29\n100%\ndone"
    assert console_tail(folder, since=len(text)) == ""


def test_a_note_alone_is_a_life_that_was_lost(folder: RunFolder) -> None:
    with open_log(folder.events_path) as log:
        log.write(Note("info", "hello"))
    assert run_state(folder) is RunState.LOST

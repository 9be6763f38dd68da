"""One trainer a folder, and what one may ask of it."""

import errno
import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from lora_wizard.errors import RunError
from lora_wizard.runs import (
    Request,
    RunFolder,
    RunState,
    hold_lock,
    open_log,
    request_sample,
    request_save,
    request_stop,
    run_state,
    take_requests,
    write_record,
)
from lora_wizard.runs.control import clear_requests

Spawn = Callable[[str], "subprocess.Popen[bytes]"]
Wait = Callable[[Callable[[], bool]], None]

# Holds the lock until it is asked to stop; then says so in the log, as the trainer does.
TRAINER = """
import signal, sys, time
from pathlib import Path
from lora_wizard.runs import *
folder = RunFolder(Path({path!r}))
signalled = []
signal.signal(signal.SIGTERM, lambda *_: signalled.append(1))
with hold_lock(folder), open_log(folder.events_path) as log:
    write_record(folder, argv=sys.argv, versions={{}}, now=time.time())
    log.write(Started(1, None, 100, 2, 50, 1))
    while not (signalled and Request.STOP in take_requests(folder)):
        time.sleep(0.005)
    log.write(Stopped(7))
"""


def start_trainer(folder: RunFolder, spawn: Spawn, wait_until: Wait) -> int:
    process = spawn(TRAINER.format(path=str(folder.path)))
    wait_until(lambda: folder.events_path.exists() and folder.events_path.stat().st_size > 0)
    return process.pid


def test_a_second_trainer_is_refused_and_told_who_holds_the_run(
    folder: RunFolder, spawn: Spawn, wait_until: Wait
) -> None:
    pid = start_trainer(folder, spawn, wait_until)
    with pytest.raises(RunError, match=rf"process {pid} on "), hold_lock(folder):
        raise AssertionError("two trainers hold one run")


def test_the_lock_is_free_once_its_holder_was_killed(
    folder: RunFolder, spawn: Spawn, wait_until: Wait
) -> None:
    os.kill(start_trainer(folder, spawn, wait_until), signal.SIGKILL)
    wait_until(lambda: run_state(folder) is RunState.LOST)
    with hold_lock(folder):
        holder = folder.lock_path.read_text(encoding="utf-8")
    assert f"process {os.getpid()} " in holder


def test_the_lock_is_free_after_its_block_also_when_that_fails(folder: RunFolder) -> None:
    with pytest.raises(ZeroDivisionError), hold_lock(folder):
        raise ZeroDivisionError
    with hold_lock(folder):
        assert folder.lock_path.exists()


def test_on_a_volume_without_locks_a_living_trainer_is_still_found(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(descriptor: int, operation: int) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr("fcntl.flock", unsupported)
    with hold_lock(folder):
        write_record(folder, argv=[], versions={}, now=1.0)
    with pytest.raises(RunError, match="is being trained by process"), hold_lock(folder):
        raise AssertionError("two trainers hold one run")


def test_a_stop_reaches_the_trainer_by_file_and_signal(
    folder: RunFolder, spawn: Spawn, wait_until: Wait
) -> None:
    start_trainer(folder, spawn, wait_until)
    request_stop(folder)
    wait_until(lambda: run_state(folder) is RunState.STOPPED)
    assert take_requests(folder) == frozenset()


def test_a_stop_now_kills_the_trainer_with_its_children(
    folder: RunFolder, spawn: Spawn, wait_until: Wait
) -> None:
    with_child = TRAINER.replace(
        "    log.write(Started",
        "    import os, subprocess\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "    print(child.pid, flush=True)\n"
        "    log.write(Started",
    )
    process = spawn(with_child.format(path=str(folder.path)))
    assert process.stdout is not None
    child = int(process.stdout.readline())
    wait_until(lambda: run_state(folder) is RunState.RUNNING and folder.events_path.exists())
    request_stop(folder, now=True)
    wait_until(lambda: run_state(folder) is RunState.LOST)
    # Its end closes the output that it shared with nobody but the trainer.
    assert process.stdout.read() == b""
    wait_until(lambda: not _lives(child))


def test_what_was_asked_is_taken_once(folder: RunFolder) -> None:
    write_record(folder, argv=[], versions={}, now=1.0)  # this process plays the trainer
    request_save(folder)
    request_sample(folder)
    request_sample(folder)
    assert take_requests(folder) == {Request.SAVE, Request.SAMPLE}
    assert take_requests(folder) == frozenset()


def test_files_that_ask_for_nothing_known_are_left_alone(folder: RunFolder) -> None:
    (folder.control / "dance").touch()
    assert take_requests(folder) == frozenset()
    assert (folder.control / "dance").exists()


def test_requests_of_the_past_are_forgotten_before_a_new_start(folder: RunFolder) -> None:
    (folder.control / "stop").touch()
    clear_requests(folder)
    assert take_requests(folder) == frozenset()


@pytest.mark.parametrize("ask", [request_stop, request_save, request_sample])
def test_a_run_that_does_not_run_cannot_be_asked(folder: RunFolder, ask: object) -> None:
    assert callable(ask)
    with pytest.raises(RunError, match="not running: it is created"):
        ask(folder)
    assert take_requests(folder) == frozenset()


def test_a_trainer_on_another_host_is_asked_by_file_and_not_killed(folder: RunFolder) -> None:
    write_record(folder, argv=[], versions={}, now=1.0)
    here = folder.run_json.read_text(encoding="utf-8")
    away = here.replace('"host": "', '"host": "far-away-')
    folder.run_json.write_text(away, encoding="utf-8")
    with pytest.raises(RunError, match="runs on far-away-"):
        request_stop(folder, now=True)
    request_stop(folder)
    with open_log(folder.events_path):
        assert take_requests(folder) == {Request.STOP}


def _lives(pid: int) -> bool:
    from lora_wizard.runs import ProcessIdentity

    return ProcessIdentity.of(pid) is not None

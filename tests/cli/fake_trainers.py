"""Trainers that write a log as the real one does, and learn nothing: real processes, quick."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lora_wizard.runs import RunFolder, RunState, launch, read_record, run_state

DEADLINE_SECONDS = 30.0
"""Far more than anything here takes; only a broken test waits so long."""

PATIENT = """
import os, signal, sys, time
from pathlib import Path
from lora_wizard.runs import *
folder = RunFolder(Path.cwd())
wishes = []
signal.signal(signal.SIGTERM, lambda *_: wishes.append(1))
with hold_lock(folder), open_log(folder.events_path) as log:
    write_record(folder, argv=sys.argv, versions={}, now=time.time())
    generation = summarise(read_events(folder.events_path)[0]).generation + 1
    done = 0
    if (folder.state / "state.pt").exists():
        done = int((folder.state / "state.pt").read_text())
    log.write(Started(generation, done or None, 20, 1, 20, 1))
    for step in range(done + 1, 21):
        log.write(Step(step, 1, 1.0 / step, 1e-4, 0.1))
        atomic_write(folder.state / "state.pt", str(step))
        while step == 10 and not wishes and not (folder.path / "go").exists():
            time.sleep(0.005)
        if wishes:
            take_requests(folder)
            log.write(Stopped(step))
            sys.exit()
    log.write(Finished("mira.safetensors", 20, 2.0))
"""
"""Waits after step 10 until the file `go` is there; stops when asked; goes on from its state."""

DIES = PATIENT.replace("while step == 10", "while step == 10 and os.kill(os.getpid(), 9)")
"""Is killed after step 10."""

FAILS = PATIENT.replace(
    "    for step",
    "    log.write(Failed('There is no such file or folder', 'Check the path'))\n    sys.exit(1)\n"
    "    for step",
)
"""Fails before its first step."""


def make_run(path: Path) -> RunFolder:
    """A run as just created, without a recipe that means anything."""
    folder = RunFolder(path)
    for part in (folder.path, folder.control, folder.state):
        part.mkdir(parents=True, exist_ok=True)
    folder.recipe_path.write_text("format = 1\n", encoding="utf-8")
    return folder


def start(folder: RunFolder, script: str = PATIENT) -> subprocess.Popen[bytes]:
    return launch(folder, command=[sys.executable, "-c", script])


def let_go(folder: RunFolder) -> None:
    (folder.path / "go").touch()


def kill(folder: RunFolder) -> None:
    """`kill -9` of the trainer."""
    record = read_record(folder)
    assert record is not None
    os.kill(record.process.pid, signal.SIGKILL)


def wait_for_step_10(folder: RunFolder) -> None:
    """Until that step was told and saved: what comes after may be killed."""
    state = folder.state / "state.pt"
    wait_until(lambda: state.is_file() and state.read_text(encoding="utf-8") == "10")


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.005)


def wait_for(folder: RunFolder, state: RunState) -> None:
    wait_until(lambda: run_state(folder) is state)

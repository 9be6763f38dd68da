"""Real runs and real processes for these tests: small, and ended with the test."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lora_wizard.runs import RunFolder

DEADLINE_SECONDS = 20.0
"""Far more than anything here takes; only a broken test waits so long."""

Wait = Callable[[Callable[[], bool]], None]
Spawn = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run folder with a recipe, as if just created."""
    folder = RunFolder(tmp_path / "mira")
    for part in (folder.path, folder.control, folder.state):
        part.mkdir()
    folder.recipe_path.write_text("format = 1\n", encoding="utf-8")
    return folder


@pytest.fixture
def wait_until() -> Wait:
    """Polls until a condition holds; fails after the deadline."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it never came to be"
            time.sleep(0.005)

    return wait


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Starts `python -c SCRIPT` in a session of its own, and ends it with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(script: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()

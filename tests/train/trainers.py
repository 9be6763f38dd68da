"""Real trainer processes at once: forked from one that has imported torch and done nothing else."""

from __future__ import annotations

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from lora_wizard.runs import Event, ProcessIdentity, RunFolder, read_events

# What `fill_disk_at` needs in every process.
_SITE = str(Path(__file__).parent / "in_every_process")
runpy.run_path(f"{_SITE}/sitecustomize.py")
_SEARCH_PATH = [_SITE, os.environ.get("PYTHONPATH", "")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, _SEARCH_PATH))

DEADLINE_SECONDS = 120.0
"""Far more than anything here takes; only a broken test waits so long."""

NURSERY = """
import gc, json, os, sys
from lora_wizard.train import entry, latents, loop, precision, prepare, previews, saving, state
from lora_wizard.models import folder
from diffusers.loaders import lora_pipeline
from diffusers.pipelines.stable_diffusion import pipeline_stable_diffusion
gc.freeze()  # what is shared by all need not be looked at by any, nor copied for it
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if "wait" in asked:
        _, status = os.waitpid(asked["wait"], 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    elif (child := os.fork()):
        print(child, flush=True)
    else:
        os.setsid()
        os.environ.update(asked["environment"])
        os.chdir(asked["run"])
        console = os.open("console.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number, target in enumerate((os.open(os.devnull, os.O_RDONLY), console, console)):
            os.dup2(target, number)
        code = entry.main([asked["run"]])
        sys.stderr.flush()
        os._exit(code)
os._exit(0)
"""


class Nursery:
    """Starts trainers in a tenth of the time that importing torch takes."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", NURSERY],
            env={**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._ready = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def start(self, folder: RunFolder, environment: Mapping[str, str] | None = None) -> Trainer:
        """`python -m lora_wizard.train RUN` in a session of its own."""
        if not self._ready:
            assert self._answer() == "ready"
            self._ready = True
        self._ask({"run": str(folder.path), "environment": dict(environment or {})})
        return Trainer(folder, int(self._answer()), self)

    def exit_code(self, pid: int) -> int:
        self._ask({"wait": pid})
        return int(self._answer())

    def _ask(self, what: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


class Trainer:
    """One trainer process."""

    def __init__(self, folder: RunFolder, pid: int, nursery: Nursery) -> None:
        self.folder, self.pid = folder, pid
        self._nursery = nursery
        self._identity = ProcessIdentity.of(pid)

    @property
    def alive(self) -> bool:
        return self._identity is not None and self._identity.alive()

    def wait(self) -> int:
        """Its exit code; minus the signal where one killed it."""
        try:
            wait_until(lambda: not self.alive)
        finally:
            if self.alive:
                os.kill(self.pid, signal.SIGKILL)
        return self._nursery.exit_code(self.pid)

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL

    def until(self, told: Callable[[Event], bool]) -> None:
        """Waits for the first event of which `told` is true, and that the trainer lived till it."""
        wait_until(lambda: any(map(told, events_of(self.folder))) or not self.alive)
        console = self.folder.console_path.read_text(encoding="utf-8")
        assert any(map(told, events_of(self.folder))), console


def events_of(folder: RunFolder) -> list[Event]:
    return read_events(folder.events_path)[0]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.005)


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def fill_disk_at(path: Path) -> None:
    """Lets the next atomic write of `path` fail as on a full disk, once and for real.

    In this process and in those that it starts.
    """
    path.with_name(f".{path.name}.partial.instead").touch()

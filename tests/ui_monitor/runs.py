"""Run folders in every state, made by the runs' own means."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from lora_wizard.recipe import Recipe
from lora_wizard.runs import (
    Event,
    EventWriter,
    Note,
    RunFolder,
    Sample,
    Started,
    Step,
    create_run,
)

BEGUN = Started(1, None, 100, 2, 13, 1)
TRAINER = """
import signal, sys, time
from pathlib import Path
from lora_wizard.runs import RunFolder, write_record
signal.signal(signal.SIGTERM, signal.SIG_IGN)
write_record(RunFolder(Path(sys.argv[1])), argv=sys.argv, versions={}, now=time.time())
print("here", flush=True)
time.sleep(120)
"""
"""A trainer that names itself, and then neither hears nor ends."""


def steps(count: int, first: int = 1) -> list[Step]:
    """Steps with a falling loss."""
    return [
        Step(step, 1 + step // 50, 0.1 + 0.2 * math.exp(-step / 20), 1e-4, 0.5)
        for step in range(first, first + count)
    ]


def add(folder: RunFolder, *events: Event) -> None:
    """More of its log."""
    log = EventWriter(folder.events_path)
    for event in events:
        log.write(event)
    log.close()


def make_run(path: Path, *events: Event, samples: int = 0) -> RunFolder:
    """A run with a log, and samples of two prompts at so many steps."""
    folder = create_run(path, Recipe())
    add(folder, *events)
    for number in range(1, samples + 1):
        for prompt in range(2):
            name = f"samples/step-{number * 10:06}-{prompt}.png"
            colour = (40 * number, 100 * prompt, 90)
            Image.new("RGB", (64, 64), colour).save(folder.path / name)
            add(folder, Sample(number * 10, f"prompt {prompt}", name))
    return folder


@contextmanager
def trained(folder: RunFolder) -> Iterator[subprocess.Popen[bytes]]:
    """While a process trains it, as far as anybody can see."""
    command = [sys.executable, "-c", TRAINER, str(folder.path)]
    # A real trainer works in its run folder: it is known by that.
    process = subprocess.Popen(
        command, cwd=folder.path, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


WARNING = Note("warning", "3 captions are too long")

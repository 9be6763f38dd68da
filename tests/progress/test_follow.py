"""Following real processes: how they end, what is said, and what Ctrl-C does."""

import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from lora_wizard.progress import follow
from lora_wizard.runs import (
    EventWriter,
    Finished,
    Note,
    Phase,
    RunFolder,
    RunState,
    Started,
    Step,
    Stopped,
    launch,
    open_log,
    write_record,
)

PRELUDE = """
import os, signal, sys, time
from pathlib import Path
from lora_wizard.runs import *
folder = RunFolder(Path.cwd())
wishes = []
signal.signal(signal.SIGTERM, lambda *_: wishes.append(1))
write_record(folder, argv=sys.argv, versions={}, now=time.time())
log = EventWriter(folder.events_path)
log.write(Started(1, None, 20, 1, 20, 1))
"""
STEPS = """
for step in range(1, 21):
    log.write(Step(step, 1, 0.5, 1e-4, 0.1))
"""


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "mira")
    folder.path.mkdir()
    folder.recipe_path.touch()
    return folder


def follow_script(
    folder: RunFolder, script: str, file: io.StringIO | None = None
) -> tuple[RunState, str]:
    file = file or io.StringIO()
    process = launch(folder, command=[sys.executable, "-c", PRELUDE + script])
    state = follow(folder, process, console=Console(file=file), poll_seconds=0.005)
    return state, file.getvalue()


@contextmanager
def interrupting(file: io.StringIO, *, after: tuple[str, ...]) -> Iterator[None]:
    """Presses Ctrl-C each time when the next of these words has been shown."""

    def press() -> None:
        deadline = time.monotonic() + 20
        for words in after:
            while words not in file.getvalue() and time.monotonic() < deadline:
                time.sleep(0.005)
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    yield
    thread.join()


def test_a_run_that_finishes_says_where_its_file_is(folder: RunFolder) -> None:
    script = STEPS + "log.write(Finished('mira.safetensors', 20, 125.0))"
    state, text = follow_script(folder, script)
    assert state is RunState.FINISHED
    assert "step 20/20 (100 %)  loss 0.5000  0.10 s/step" in text
    assert "Finished: 20 steps in 2 min.\n" in text
    assert f"LoRA: {folder.path / 'mira.safetensors'}\n" in text


def test_a_failure_says_its_words_and_not_its_traceback(folder: RunFolder) -> None:
    failed = "log.write(Failed('the device is full', 'Lower [training] batch_size.', 'SECRET'))"
    state, text = follow_script(folder, STEPS + failed)
    assert state is RunState.FAILED
    assert "Failed: the device is full\nLower [training] batch_size.\n" in text
    assert "SECRET" not in text
    assert "resume" not in text  # nothing was saved to go on from


def test_a_failure_with_a_saved_state_says_how_to_go_on(folder: RunFolder) -> None:
    folder.state.mkdir()
    (folder.state / "step-10").touch()
    _, text = follow_script(folder, STEPS + "log.write(Failed('oh', ''))")
    assert f"Go on from the last saved state with: lora-wizard resume {folder.path}\n" in text


def test_a_killed_run_is_lost_and_its_last_words_are_shown(folder: RunFolder) -> None:
    script = "print('the last words', flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    state, text = follow_script(folder, script)
    assert state is RunState.LOST
    assert "ended without a word" in text
    assert "the last words\n" in text


def test_a_resumed_run_does_not_show_its_past(folder: RunFolder) -> None:
    with open_log(folder.events_path) as log:
        log.write(Started(1, None, 20, 1, 20, 1))
        log.write(Note("info", "of the past"))
        log.write(Step(1, 1, 0.5, 1e-4, 0.1))
        log.write(Stopped(1))
    state, text = follow_script(
        folder, "log.write(Note('info', 'of today')); log.write(Finished('a', 20, 1.0))"
    )
    assert state is RunState.FINISHED
    assert "of today" in text
    assert "of the past" not in text


@pytest.mark.parametrize("end", [None, Stopped(1)], ids=["killed", "stopped"])
def test_what_a_start_says_while_it_loads_is_shown_however_late_it_is_read(
    folder: RunFolder, end: Stopped | None
) -> None:
    def start(log: EventWriter, day: str) -> None:
        log.write(Phase("loading"))
        log.write(Note("warning", f"of {day}"))
        log.write(Phase("loading"))
        log.write(Note("info", f"more of {day}"))
        log.write(Phase("caching_latents", 0, 3))
        log.write(Started(1, None, 20, 1, 20, 1))
        log.write(Step(1, 1, 0.5, 1e-4, 0.1))

    with open_log(folder.events_path) as log:
        start(log, "yesterday")
        log.write(Note("info", "in the middle of yesterday"))
        if end is not None:
            log.write(end)
        start(log, "today")
        log.write(Finished("a", 20, 1.0))
    file = io.StringIO()
    follow(folder, None, console=Console(file=file))
    text = file.getvalue()
    assert "Warning: of today" in text and "more of today" in text
    assert "Encoding pictures" in text
    assert "yesterday" not in text


def test_ctrl_c_once_saves_and_says_how_to_go_on(folder: RunFolder) -> None:
    file = io.StringIO()
    script = (
        "log.write(Note('info', 'ready'))\n"
        "while not wishes: time.sleep(0.005)\n"
        "log.write(Step(1, 1, 0.5, 1e-4, 0.1)); log.write(Stopped(1))"
    )
    handler = signal.getsignal(signal.SIGINT)
    with interrupting(file, after=("ready",)):
        state, text = follow_script(folder, script, file)
    assert state is RunState.STOPPED
    assert "Stopping: the step is finished and everything saved." in text
    assert "Stopped after step 1 of 20; everything is saved.\n" in text
    assert f"Go on with: lora-wizard resume {folder.path}\n" in text
    assert (folder.control / "stop").exists()
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_twice_kills_a_trainer_that_does_not_listen(folder: RunFolder) -> None:
    file = io.StringIO()
    script = "log.write(Note('info', 'ready'))\nwhile True: time.sleep(0.05)"
    with interrupting(file, after=("ready", "Ctrl-C once more kills it")):
        state, text = follow_script(folder, script, file)
    assert state is RunState.LOST
    assert "Killed.\n" in text


def test_ctrl_c_of_one_who_only_looks_lets_the_training_go_on(folder: RunFolder) -> None:
    write_record(folder, argv=[], versions={}, now=1.0)  # this process plays the trainer
    file = io.StringIO()
    with open_log(folder.events_path) as log:
        log.write(Note("info", "ready"))
    with interrupting(file, after=("ready",)):
        state = follow(folder, None, console=Console(file=file), poll_seconds=0.005)
    assert state is RunState.RUNNING
    assert "Training goes on." in file.getvalue()
    assert not folder.control.exists()


def test_a_run_that_ended_before_is_shown_with_its_end(folder: RunFolder) -> None:
    with open_log(folder.events_path) as log:
        log.write(Started(1, None, 20, 1, 20, 1))
        log.write(Step(7, 1, 0.5, 1e-4, 0.1))
        log.write(Stopped(7))
    file = io.StringIO()
    assert follow(folder, None, console=Console(file=file)) is RunState.STOPPED
    assert "Stopped after step 7 of 20" in file.getvalue()


def test_on_a_terminal_the_bar_is_gone_at_the_end_and_the_last_words_stay(
    folder: RunFolder,
) -> None:
    file = io.StringIO()
    process = launch(
        folder,
        command=[sys.executable, "-c", PRELUDE + STEPS + "log.write(Finished('a', 20, 1.0))"],
    )
    screen = Console(file=file, force_terminal=True, width=100)
    assert follow(folder, process, console=screen, poll_seconds=0.005) is RunState.FINISHED
    text = file.getvalue()
    assert "\x1b[?25h" in text  # the cursor is back
    assert "\nLoRA: " in text
    assert text.rstrip().splitlines()[-1].startswith("To use it elsewhere")

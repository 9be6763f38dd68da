"""From the command to a training in few keys, on a real terminal; and the terminal may go."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from lora_wizard.paperdoll.characters import DEMO_CHARACTER
from lora_wizard.paperdoll.material import write_material
from lora_wizard.runs import (
    RunFolder,
    RunState,
    find_runs,
    read_events,
    request_stop,
    run_status,
    summarise,
)

from .terminal import Terminal


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    write_material("head-only", DEMO_CHARACTER, tmp_path / "heads")
    yield tmp_path
    for folder in find_runs(tmp_path / "runs"):
        with suppress(Exception):
            request_stop(folder, now=True)


def steps(folder: RunFolder) -> int:
    return summarise(read_events(folder.events_path)[0]).step


def start_training(terminal: Terminal, room: Path) -> tuple[RunFolder, int]:
    """Accepts everything; gives the run and how many keys it took."""
    terminal.wait_for_words("New LoRA")
    terminal.press("\r")
    presses = 1
    for place in range(1, 60):
        terminal.wait_for(partial(seen, terminal, place))
        if "Start the training" in terminal.shown:
            break
        terminal.press("\r")
        presses += 1
    terminal.read(0.3)
    terminal.press("\r")
    presses += 1
    terminal.wait_for(lambda: len(find_runs(room / "runs")) == 1)
    (folder,) = find_runs(room / "runs")
    return folder, presses


def seen(terminal: Terminal, place: int) -> bool:
    """Whether the question of this number is shown, or the review."""
    shown = terminal.shown
    found = re.search(r"LoRA Wizard  (\d+) of \d+ ", shown)
    return "Start the training" in shown or (found is not None and int(found[1]) >= place)


def test_the_training_goes_on_when_the_terminal_is_gone_and_attach_shows_all_of_it(
    room: Path,
) -> None:
    first = Terminal("--images", "heads", "--base", "paperdoll", "--lang", "en", cwd=room)
    second: Terminal | None = None
    try:
        folder, presses = start_training(first, room)
        assert presses <= 30
        first.wait_for(lambda: steps(folder) >= 3)
        status = first.hang_up()
        assert os.WIFEXITED(status) or os.WTERMSIG(status) == signal.SIGHUP
        before = steps(folder)
        second = Terminal("attach", "--lang", "en", cwd=room)
        second.wait_for_words(folder.name)
        second.wait_for(lambda: steps(folder) > before + 2)
        os.kill(second.pid, signal.SIGKILL)
        second.hang_up()
        killed = steps(folder)
        second = Terminal("attach", "--lang", "en", cwd=room)
        second.wait_for(lambda: steps(folder) > killed + 1)
        assert run_status(folder).state is RunState.RUNNING
        second.wait_for_words("running")
        second.press("q")
        assert second.end() == 0
        assert f"lora-wizard attach {folder.name}" in second.written.decode("utf-8", "replace")
        losses = summarise(read_events(folder.events_path)[0]).losses
        assert [step for step, _ in losses] == list(range(1, len(losses) + 1))
        request_stop(folder)
    finally:
        first.close()
        if second is not None:
            second.close()


def test_without_a_terminal_there_is_an_error_and_no_traceback(room: Path) -> None:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "lora_wizard"], cwd=room, capture_output=True, text=True, input=""
    )
    assert done.returncode == 2
    assert "attach --plain" in done.stderr and "Traceback" not in done.stderr

"""A connection that breaks, for real: the pseudo-terminal is closed, and the training goes on."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from lora_wizard.cli import main
from lora_wizard.queue import QueueFolder, add, worker_record
from lora_wizard.runs import RunFolder, RunState, run_state, run_status

from .fake_trainers import PATIENT, kill, let_go, make_run, wait_for, wait_for_step_10, wait_until

TRAIN = """
import sys
from pathlib import Path
from lora_wizard.cli import main
from lora_wizard.runs import launch
import lora_wizard.commands.train as train
train.launch = lambda folder, processes: launch(
    folder, command=[sys.executable, "-c", Path("trainer.py").read_text()])
main(sys.argv[1:], prog_name="lora-wizard")
"""
"""`lora-wizard`, whose trainer is a small one."""

ATTACH = "import sys; from lora_wizard.cli import main; main(sys.argv[1:])"

Terminal = Callable[..., tuple[int, int]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trainer.py").write_text(PATIENT, encoding="utf-8")
    return make_run(tmp_path / "runs" / "mira")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Starts Python in a terminal of its own: (process, the terminal's other end)."""
    started: list[int] = []

    def start(script: str, *words: str) -> tuple[int, int]:
        pid, descriptor = pty.fork()
        if pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
            os.execv(sys.executable, [sys.executable, "-c", script, *words])
        started.append(pid)
        return pid, descriptor

    yield start
    for pid in started:
        end_leftover(pid)


def end_leftover(pid: int) -> None:
    """Ends what a broken test left; one that was waited for has given its number away."""
    try:
        running = os.waitpid(pid, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return
    if running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def shown_until(descriptor: int, words: str) -> str:
    """What the terminal shows, until these words are among it."""
    shown = b""

    def there() -> bool:
        nonlocal shown
        if select.select([descriptor], [], [], 0)[0]:
            shown += os.read(descriptor, 65536)
        return words.encode() in shown

    wait_until(there)
    return shown.decode("utf-8", "replace")


def hang_up(pid: int, descriptor: int) -> None:
    """What the loss of an SSH connection is; the program on that terminal dies of it."""
    os.close(descriptor)
    os.waitpid(pid, 0)


def start_detached(terminal: Terminal) -> None:
    """Starts the training from a terminal that is closed at once."""
    pid, descriptor = terminal(TRAIN, "resume", "mira", "--detach")
    shown_until(descriptor, "lora-wizard attach mira")
    os.waitpid(pid, 0)
    os.close(descriptor)


def attached(*words: str) -> str:
    result = CliRunner().invoke(main, ["attach", *words, "--plain"])
    assert result.exit_code == 0, result.output
    return result.output


def test_the_run_goes_on_to_its_end_and_attach_shows_all_of_it(
    folder: RunFolder, terminal: Terminal
) -> None:
    pid, descriptor = terminal(TRAIN, "resume", "mira")
    shown_until(descriptor, "Run: ")
    wait_for_step_10(folder)
    hang_up(pid, descriptor)
    assert run_state(folder) is RunState.RUNNING
    let_go(folder)
    wait_for(folder, RunState.FINISHED)
    shown = attached("mira")
    for percent in range(10, 101, 10):
        assert f"({percent} %)" in shown
    assert "Finished: 20 steps" in shown
    assert [step for step, _ in run_status(folder).summary.losses] == list(range(1, 21))


def test_who_attached_may_be_hung_up_killed_or_leave_without_harm(
    folder: RunFolder, terminal: Terminal
) -> None:
    start_detached(terminal)
    for end in ("hung up", "killed", "left"):
        pid, descriptor = terminal(ATTACH, "attach", "--plain")
        shown_until(descriptor, "step 10/20 (50 %)")
        if end == "hung up":
            hang_up(pid, descriptor)
            continue
        if end == "killed":
            os.kill(pid, signal.SIGKILL)
        else:
            os.write(descriptor, b"\x03")  # Ctrl-C
            shown_until(descriptor, "Training goes on. Come back with: lora-wizard attach mira")
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert code == (0 if end == "left" else -signal.SIGKILL)
        os.close(descriptor)
    assert run_state(folder) is RunState.RUNNING
    let_go(folder)
    wait_for(folder, RunState.FINISHED)
    assert run_status(folder).summary.generation == 1


def test_a_kill_of_the_trainer_is_named_on_the_terminal_that_looks(
    folder: RunFolder, terminal: Terminal
) -> None:
    start_detached(terminal)
    pid, descriptor = terminal(ATTACH, "attach", "--plain")
    shown_until(descriptor, "(50 %)")
    kill(folder)
    shown_until(descriptor, "Go on from the last saved state with: lora-wizard resume mira")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    os.close(descriptor)
    assert run_state(folder) is RunState.LOST


WORKER = """
import sys
from lora_wizard.cli import main
import lora_wizard.commands.queue as command
from lora_wizard.queue import start_worker
WORK = '''
import sys
from pathlib import Path
from lora_wizard.queue import QueueFolder
from lora_wizard.queue.worker import work
from lora_wizard.runs import launch
script = Path("../../trainer.py").read_text()
work(QueueFolder(Path.cwd()), lambda run, processes: launch(
    run, command=[sys.executable, "-c", script]), poll_seconds=0.01)
'''
command.start_worker = lambda queue: start_worker(queue, command=[sys.executable, "-c", WORK])
main(sys.argv[1:], prog_name="lora-wizard", standalone_mode=False)
import time
time.sleep(60)  # the shell of that terminal
"""


def test_a_queue_outlives_its_terminal(folder: RunFolder, terminal: Terminal) -> None:
    queue = QueueFolder.of_root(folder.path.parent)
    other = make_run(folder.path.parent / "kasumi")
    let_go(other)
    for run in (folder, other):
        add(queue, run, now=1.0)
    pid, descriptor = terminal(WORKER, "queue", "start")
    shown_until(descriptor, "goes on without this terminal")
    wait_for_step_10(folder)
    hang_up(pid, descriptor)
    assert worker_record(queue) is not None
    let_go(folder)
    wait_until(lambda: worker_record(queue) is None)
    assert {run_state(folder), run_state(other)} == {RunState.FINISHED}

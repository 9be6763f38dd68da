"""The trainer is started so that it outlives everybody, and an early death is said at once."""

import os
import pty
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lora_wizard.errors import RunError
from lora_wizard.runs import (
    Note,
    ProcessIdentity,
    RunFolder,
    RunState,
    launch,
    open_log,
    read_events,
    read_record,
    run_state,
    trainer_command,
    write_record,
)

Wait = Callable[[Callable[[], bool]], None]

# Names itself, says one thing, then says another each time the test touches a file.
TRAINER = """
import os, sys, time
from pathlib import Path
from lora_wizard.runs import *
folder = RunFolder(Path.cwd())
write_record(folder, argv=sys.argv, versions={}, now=time.time())
print("to the console", flush=True)
with open_log(folder.events_path) as log:
    log.write(Note("info", "begun"))
    while not (folder.path / "go").exists():
        time.sleep(0.005)
    log.write(Note("info", f"session {os.getsid(0) == os.getpid()}"))
    log.write(Note("info", f"input {sys.stdin.read()!r}"))
    log.write(Note("info", os.environ["TOKENIZERS_PARALLELISM"]))
    log.write(Note("info", os.environ["PYTHONUNBUFFERED"]))
    log.write(Finished("a.safetensors", 1, 1.0))
"""


def command(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def said(folder: RunFolder) -> list[str]:
    return [event.text for event in read_events(folder.events_path)[0] if isinstance(event, Note)]


def test_the_trainer_leads_a_session_reads_nothing_and_prints_to_the_console(
    folder: RunFolder,
) -> None:
    (folder.control / "stop").touch()
    folder.console_path.write_text("from before\n", encoding="utf-8")
    process = launch(folder, command=command(TRAINER))
    assert said(folder) == ["begun"]
    assert run_state(folder) is RunState.RUNNING
    assert not (folder.control / "stop").exists()
    (folder.path / "go").touch()
    assert process.wait() == 0
    assert said(folder) == ["begun", "session True", "input ''", "false", "1"]
    assert run_state(folder) is RunState.FINISHED
    console = folder.console_path.read_text(encoding="utf-8")
    assert console == "from before\nto the console\n"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import lora_wizard.no_such_part", "exit code 1.*No module named"),
        ("raise SystemExit(3)", "exit code 3.*It printed nothing"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed by signal 9"),
    ],
)
def test_a_death_before_the_first_event_is_said_with_its_last_words(
    folder: RunFolder, script: str, words: str
) -> None:
    folder.console_path.write_text("words of an earlier start\n", encoding="utf-8")
    with pytest.raises(RunError, match=rf"(?s)ended before it began.*{words}") as caught:
        launch(folder, command=command(script))
    assert "earlier start" not in str(caught.value)


def test_a_slow_start_is_no_death(folder: RunFolder) -> None:
    process = launch(folder, command=command("import time; time.sleep(60)"), patience_seconds=0.05)
    assert process.poll() is None
    process.kill()
    process.wait()


def test_a_death_right_after_the_first_event_is_left_to_the_log(folder: RunFolder) -> None:
    script = (
        "from pathlib import Path; from lora_wizard.runs import *\n"
        "with open_log(Path('events.jsonl')) as log: log.write(Failed('no such base model'))\n"
        "raise SystemExit(2)"
    )
    assert launch(folder, command=command(script)).wait() == 2
    assert run_state(folder) is RunState.FAILED


def test_a_run_that_runs_is_not_started_again(folder: RunFolder) -> None:
    write_record(folder, argv=[], versions={}, now=1.0)  # this process plays the trainer
    with pytest.raises(RunError, match="being trained already"):
        launch(folder, command=command("pass"))


def test_a_program_that_is_not_there_is_a_run_error(folder: RunFolder) -> None:
    with pytest.raises(RunError, match="No such file"):
        launch(folder, command=["/no/such/program"])


def test_the_search_path_of_python_holds_in_the_run_folder(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "of_the_user.py").touch()
    inherited = [os.path.abspath(entry) for entry in sys.path if entry]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["code", *inherited]))
    script = "import of_the_user\n" + TRAINER
    (folder.path / "go").touch()
    assert launch(folder, command=command(script)).wait() == 0


def test_one_process_is_python_and_more_are_torchs_launcher(folder: RunFolder) -> None:
    run = str(folder.path)
    assert trainer_command(folder) == [sys.executable, "-m", "lora_wizard.train", run]
    assert trainer_command(folder, processes=2) == [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
        *("--nproc_per_node", "2", "-m", "lora_wizard.train", run),
    ]
    with pytest.raises(RunError, match="0 processes"):
        launch(folder, processes=0)


def test_the_training_outlives_the_terminal_it_was_started_from(
    folder: RunFolder, wait_until: Wait
) -> None:
    script = (
        "import sys; from pathlib import Path; from lora_wizard.runs import *\n"
        f"launch(RunFolder(Path({str(folder.path)!r})), command=[sys.executable, '-c', "
        f"{TRAINER!r}])\n"
        "import time; time.sleep(60)"
    )
    starter, terminal = pty.fork()
    if starter == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would be ignored
        os.execv(sys.executable, [sys.executable, "-c", script])
    wait_until(lambda: said(folder) == ["begun"])
    os.close(terminal)  # what the loss of an SSH connection is
    _, status = os.waitpid(starter, 0)
    assert os.WTERMSIG(status) == signal.SIGHUP
    (folder.path / "go").touch()
    wait_until(lambda: run_state(folder) is RunState.FINISHED)
    assert "session True" in said(folder)


def test_a_run_can_be_started_again_after_it_was_killed(
    folder: RunFolder, wait_until: Wait
) -> None:
    first = launch(folder, command=command(TRAINER))
    first.kill()
    first.wait()
    wait_until(lambda: run_state(folder) is RunState.LOST)
    with open_log(folder.events_path) as log:
        log.write(Note("info", "between"))
    second = launch(folder, command=command(TRAINER))
    record = read_record(folder)
    assert record is not None
    assert record.process == ProcessIdentity.of(second.pid)
    (folder.path / "go").touch()
    assert second.wait() == 0

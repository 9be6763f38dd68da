"""What may happen to a trainer, done to real processes: each end has its name, nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.errors import RunError
from lora_wizard.progress import farewell_lines
from lora_wizard.runs import (
    Cause,
    RunFolder,
    RunState,
    Step,
    failure_advice,
    read_events,
    run_state,
    run_status,
)

from ..cli.fake_trainers import (
    kill,
    let_go,
    make_run,
    start,
    wait_for,
    wait_for_step_10,
)

FULL_DISK = """
import errno, os, sys, time, traceback
from contextlib import suppress
from pathlib import Path
from lora_wizard.errors import LoraWizardError
from lora_wizard.runs import *
folder = RunFolder(Path.cwd())
write, full = os.write, []
def fill_up(descriptor, line):
    if full and not (ROOM_FOR_LAST_WORDS and b'"failed"' in line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if b'"step":5' in line and not full:
        full.append(1)
        return write(descriptor, line[:20])  # so much did still fit
    return write(descriptor, line)
os.write = fill_up
with hold_lock(folder), open_log(folder.events_path) as log:
    write_record(folder, argv=sys.argv, versions={}, now=time.time())
    try:
        log.write(Started(1, None, 20, 1, 20, 1))
        for step in range(1, 21):
            log.write(Step(step, 1, 1.0 / step, 1e-4, 0.1))
            (folder.state / "state.pt").write_text(str(step))
    except LoraWizardError as error:
        with suppress(LoraWizardError):
            said = f"{error.where}: {error.message}"
            log.write(Failed(said, error.fix, traceback.format_exc()))
        print(error, file=sys.stderr)
        sys.exit(1)
"""
"""Its disk is full in the middle of an event. It does what `train.entry` does about that."""


def full_disk(*, room_for_last_words: bool) -> str:
    return FULL_DISK.replace("ROOM_FOR_LAST_WORDS", str(room_for_last_words))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return make_run(tmp_path / "mira")


def steps_of(folder: RunFolder) -> list[int]:
    return [event.step for event in read_events(folder.events_path)[0] if isinstance(event, Step)]


def test_a_trainer_killed_by_signal_9_is_lost_and_goes_on_when_resumed(folder: RunFolder) -> None:
    process = start(folder)
    wait_for_step_10(folder)
    folder.console_path.write_text("its last words\n", encoding="utf-8")
    kill(folder)
    process.wait()
    status = run_status(folder)
    assert status.state is RunState.LOST
    told = failure_advice(status)
    assert told.cause in (Cause.KILLED, Cause.HOST_MEMORY)  # where a container counted such kills
    assert "its last words" in told.traceback
    assert any("resume" in line for line in farewell_lines(status))
    assert "its last words" in farewell_lines(status)

    let_go(folder)
    assert start(folder).wait() == 0
    status = run_status(folder)
    assert status.state is RunState.FINISHED
    assert status.summary.resumed_from == 10
    assert [step for step, _ in status.summary.losses] == list(range(1, 21))


def test_a_full_disk_that_has_room_for_last_words_is_a_failure_that_is_named(
    folder: RunFolder,
) -> None:
    assert start(folder, full_disk(room_for_last_words=True)).wait() == 1
    status = run_status(folder)
    assert status.state is RunState.FAILED
    told = failure_advice(status)
    assert told.cause is Cause.DISK_FULL
    assert "the disk is full" in told.what
    assert "resume" in told.advice[-1]
    goes_on_to_the_end(folder)


def test_a_full_disk_without_room_for_a_word_is_lost_and_still_named(folder: RunFolder) -> None:
    assert start(folder, full_disk(room_for_last_words=False)).wait() == 1
    status = run_status(folder)
    assert status.state is RunState.LOST
    assert failure_advice(status).cause is Cause.DISK_FULL
    goes_on_to_the_end(folder)


def goes_on_to_the_end(folder: RunFolder) -> None:
    """Once there is room again nothing is missing; the torn line cost only itself."""
    written = steps_of(folder)
    assert written == [1, 2, 3, 4]
    let_go(folder)
    assert start(folder).wait() == 0
    status = run_status(folder)
    assert status.state is RunState.FINISHED
    assert [step for step, _ in status.summary.losses] == list(range(1, 21))


def test_a_second_trainer_refuses_and_the_first_goes_on(folder: RunFolder) -> None:
    first = start(folder)
    wait_for_step_10(folder)
    with pytest.raises(RunError, match="being trained already"):
        start(folder)
    # One that is started past that check, as by another host or in the same moment.
    hidden = folder.path / "hidden.json"
    folder.run_json.rename(hidden)
    with pytest.raises(RunError, match=rf"another trainer has this run \(process {first.pid} on"):
        start(folder)
    hidden.rename(folder.run_json)
    assert run_state(folder) is RunState.RUNNING
    let_go(folder)
    assert first.wait() == 0
    wait_for(folder, RunState.FINISHED)
    assert steps_of(folder) == list(range(1, 21))

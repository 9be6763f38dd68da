"""The queue with real workers and real, small trainers: order, failures, kills, and the end."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from lora_wizard.errors import RunError
from lora_wizard.queue import (
    QueueFolder,
    add,
    entries,
    remove,
    start_worker,
    stop_worker,
    worker_log_tail,
    worker_record,
)
from lora_wizard.runs import RunFolder, RunState, Started, read_events, run_state, run_status

from ..cli.fake_trainers import (
    DIES,
    FAILS,
    PATIENT,
    kill,
    let_go,
    make_run,
    start,
    wait_for,
    wait_for_step_10,
    wait_until,
)

WORKER = """
import signal, sys
from pathlib import Path
from lora_wizard.queue.folder import QueueFolder
from lora_wizard.queue import worker
from lora_wizard.runs import launch
def start(run, processes, patience_seconds=20):
    script = (run.path / "trainer.py").read_text()
    return launch(run, command=[sys.executable, "-c", script])
worker.launch = lambda run, processes: start(run, processes)
time_of = worker.work
worker.work = lambda queue, begin: time_of(queue, begin, poll_seconds=0.01)
sys.exit(worker.main(QueueFolder(Path.cwd())))
"""
"""The real worker, but each run has a trainer of its own and it looks more often."""


@pytest.fixture
def queue(tmp_path: Path) -> QueueFolder:
    return QueueFolder.of_root(tmp_path / "runs")


def queued(queue: QueueFolder, name: str, script: str = PATIENT, *, free: bool = True) -> RunFolder:
    folder = make_run(queue.path.parent / name)
    (folder.path / "trainer.py").write_text(script, encoding="utf-8")
    if free:
        let_go(folder)
    add(queue, folder, now=1.0)
    return folder


def begin(queue: QueueFolder) -> int:
    return start_worker(queue, command=[sys.executable, "-c", WORKER])


def wait_for_end(queue: QueueFolder) -> None:
    wait_until(lambda: worker_record(queue) is None)


def starts(folder: RunFolder) -> int:
    return sum(isinstance(event, Started) for event in read_events(folder.events_path)[0])


def test_runs_are_trained_in_order_and_a_failed_or_lost_one_stops_no_other(
    queue: QueueFolder,
) -> None:
    scripts = {"a": PATIENT, "b": FAILS, "c": DIES, "d": PATIENT}
    runs = [queued(queue, name, script) for name, script in scripts.items()]
    begin(queue)
    wait_for_end(queue)
    states = [RunState.FINISHED, RunState.FAILED, RunState.LOST, RunState.FINISHED]
    assert [run_state(run) for run in runs] == states
    waiting = {entry.number: not entry.done for entry in entries(queue)}
    assert waiting == {1: False, 2: False, 3: True, 4: False}
    ends = [run_status(run).summary.updated_at or 0 for run in runs]
    assert ends == sorted(ends)
    said = queue.log_path.read_text(encoding="utf-8")
    assert "number 2 (b): failed" in said
    assert "There is no such file or folder" in said
    assert "number 3 (c): lost" in said
    assert said.rstrip().endswith("ended: lost and still waiting: 3. `queue start` resumes them")


def test_a_run_lost_under_the_queue_is_resumed_by_the_next_start(queue: QueueFolder) -> None:
    lost = queued(queue, "a", DIES)
    begin(queue)
    wait_for_end(queue)
    assert run_state(lost) is RunState.LOST
    (lost.path / "trainer.py").write_text(PATIENT, encoding="utf-8")
    begin(queue)
    wait_for_end(queue)
    assert run_state(lost) is RunState.FINISHED
    assert run_status(lost).summary.resumed_from == 10
    assert [entry.done for entry in entries(queue)] == [True]


def test_the_worker_begins_when_a_run_outside_the_queue_has_ended(queue: QueueFolder) -> None:
    other = make_run(queue.path.parent / "other")
    trainer = start(other)
    wait_for_step_10(other)
    run = queued(queue, "a")
    begin(queue)
    wait_until(lambda: "waits until other has ended" in worker_log_tail(queue))
    assert run_state(run) is RunState.CREATED
    let_go(other)
    assert trainer.wait() == 0
    wait_for_end(queue)
    assert run_state(run) is RunState.FINISHED
    ended = run_status(other).summary.updated_at or 0
    (first, *_) = read_events(run.events_path)[0]
    assert first.time > ended


def test_a_worker_that_waits_for_a_run_outside_the_queue_can_be_stopped(
    queue: QueueFolder,
) -> None:
    other = make_run(queue.path.parent / "other")
    trainer = start(other)
    wait_for_step_10(other)
    run = queued(queue, "a")
    begin(queue)
    wait_until(lambda: "waits until other has ended" in worker_log_tail(queue))
    stop_worker(queue)
    wait_for_end(queue)
    assert run_state(run) is RunState.CREATED
    assert run_state(other) is RunState.RUNNING
    let_go(other)
    assert trainer.wait() == 0


def test_an_entry_deleted_by_hand_while_it_trains_does_not_end_the_worker(
    queue: QueueFolder,
) -> None:
    first, second = queued(queue, "a", free=False), queued(queue, "b")
    begin(queue)
    wait_for_step_10(first)
    (queue.waiting / "0001.json").unlink()
    let_go(first)
    wait_for_end(queue)
    assert run_state(first) is RunState.FINISHED
    assert run_state(second) is RunState.FINISHED
    assert [entry.number for entry in entries(queue)] == [2]


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        '{"run": "b", "processes": 1e999, "added_at": 1}',
        '{"run": "b", "processes": 1, "added_at": 1' + "0" * 400 + "}",
        '{"run": "b", "processes": -1, "added_at": 1}',
        '{"run": ["b"], "processes": 1, "added_at": 1}',
        '{"run": "~no-such-user-here/b", "processes": 1, "added_at": 1}',
        "[1]",
        "null",
        "",
    ],
    ids=range(9),
)
def test_an_entry_that_cannot_be_read_hides_no_other(queue: QueueFolder, content: str) -> None:
    queued(queue, "a")
    (queue.waiting / "0002.json").write_text(content, encoding="utf-8")
    (queue.waiting / f"{'9' * 200}.json").write_text("{}", encoding="utf-8")
    os.mkfifo(queue.waiting / "0003.json")
    (queue.waiting / "0004.json").symlink_to("/dev/zero")
    (queue.waiting / "0005.json").symlink_to("0001.json")
    assert [entry.number for entry in entries(queue)] == [1]


@pytest.mark.parametrize("name", ["worker.log", "lock", "control", "control/stop"])
def test_a_queue_folder_with_a_link_is_refused(queue: QueueFolder, name: str) -> None:
    queued(queue, "a")
    precious = queue.path.parent / "precious"
    precious.write_text("old", encoding="utf-8")
    (queue.path / name).parent.mkdir(exist_ok=True)
    (queue.path / name).symlink_to(precious)
    with pytest.raises(RunError, match="symbolic link"):
        begin(queue)
    assert precious.read_text(encoding="utf-8") == "old"


def test_a_killed_worker_takes_no_run_with_it_and_the_next_goes_on_without_repeating(
    queue: QueueFolder,
) -> None:
    first, second = queued(queue, "a", free=False), queued(queue, "b")
    worker = begin(queue)
    wait_for_step_10(first)
    os.kill(worker, signal.SIGKILL)
    wait_for_end(queue)
    assert run_state(first) is RunState.RUNNING
    begin(queue)
    assert run_state(first) is RunState.RUNNING
    let_go(first)
    wait_for_end(queue)
    assert (starts(first), starts(second)) == (1, 1)
    assert {run_state(first), run_state(second)} == {RunState.FINISHED}


def test_what_ended_without_a_worker_is_not_repeated_and_what_was_lost_is_gone_on_with(
    queue: QueueFolder,
) -> None:
    """As after a power cut in the middle of the third run."""
    finished, failed, lost = queued(queue, "a"), queued(queue, "b", FAILS), queued(queue, "c")
    for name, folder in (("a", finished), ("b", failed), ("c", lost)):
        other = QueueFolder(queue.path.parent / f"queue-of-{name}")
        add(other, folder, now=1.0)
        if name == "c":
            (folder.path / "go").unlink()
        worker = begin(other)
        if name == "c":
            wait_for_step_10(lost)
            os.kill(worker, signal.SIGKILL)
            kill(folder)
            wait_for(lost, RunState.LOST)
        wait_for_end(other)
    let_go(lost)
    begin(queue)
    wait_for_end(queue)
    assert [starts(run) for run in (finished, failed, lost)] == [1, 1, 2]
    assert run_status(lost).summary.resumed_from == 10
    assert run_state(lost) is RunState.FINISHED


def test_a_stopped_queue_stops_its_run_with_everything_saved_and_goes_on_with_it(
    queue: QueueFolder,
) -> None:
    first, second = queued(queue, "a", free=False), queued(queue, "b")
    begin(queue)
    wait_for_step_10(first)
    stop_worker(queue)
    wait_for_end(queue)
    assert run_state(first) is RunState.STOPPED
    assert run_state(second) is RunState.CREATED
    assert [entry.done for entry in entries(queue)] == [False, False]
    let_go(first)
    begin(queue)
    wait_for_end(queue)
    assert run_status(first).summary.resumed_from == 10
    assert {run_state(first), run_state(second)} == {RunState.FINISHED}


def test_a_queue_can_end_after_the_run_that_trains(queue: QueueFolder) -> None:
    first, second = queued(queue, "a", free=False), queued(queue, "b")
    begin(queue)
    wait_for(first, RunState.RUNNING)
    stop_worker(queue, after_this=True)
    wait_until(lambda: not any(queue.control.iterdir()))
    let_go(first)
    wait_for_end(queue)
    assert run_state(first) is RunState.FINISHED
    assert run_state(second) is RunState.CREATED
    assert [entry.done for entry in entries(queue)] == [True, False]


def test_a_run_stopped_by_its_user_makes_room_for_the_next(queue: QueueFolder) -> None:
    from lora_wizard.runs import request_stop

    first, second = queued(queue, "a", free=False), queued(queue, "b")
    begin(queue)
    wait_for_step_10(first)
    request_stop(first)
    wait_for_end(queue)
    assert run_state(first) is RunState.STOPPED
    assert run_state(second) is RunState.FINISHED


def test_what_is_added_while_it_works_is_trained_in_its_turn(queue: QueueFolder) -> None:
    first = queued(queue, "a", free=False)
    begin(queue)
    second = queued(queue, "b")
    let_go(first)
    wait_for_end(queue)
    assert run_state(second) is RunState.FINISHED


def test_two_workers_never_work_on_one_queue(queue: QueueFolder) -> None:
    first = queued(queue, "a", free=False)
    worker = begin(queue)
    with pytest.raises(RunError, match=f"process {worker} works on this queue already"):
        begin(queue)
    # One that is started past that check, as from two terminals in the same moment.
    hidden = queue.path / "hidden.json"
    queue.worker_json.rename(hidden)
    with pytest.raises(RunError, match=rf"(?s)ended at once.*process {worker} on .* works on"):
        begin(queue)
    hidden.rename(queue.worker_json)
    let_go(first)
    wait_for_end(queue)
    assert starts(first) == 1


def test_a_run_that_cannot_be_started_is_put_away_with_the_reason(queue: QueueFolder) -> None:
    dead = queued(queue, "a", "raise SystemExit('no such part')")
    gone, last = queued(queue, "b"), queued(queue, "c")
    gone.recipe_path.unlink()
    begin(queue)
    wait_for_end(queue)
    problems = [entry.problem for entry in entries(queue)]
    assert "no such part" in problems[0]
    assert "folder is gone" in problems[1]
    assert run_state(dead) is RunState.CREATED
    assert run_state(last) is RunState.FINISHED


def test_a_full_disk_ends_the_queue_with_its_reason_and_everything_still_waits(
    queue: QueueFolder,
) -> None:
    full = FAILS.replace("There is no such file or folder", "the disk is full (0 bytes free)")
    first, second = queued(queue, "a", full), queued(queue, "b")
    begin(queue)
    wait_for_end(queue)
    assert run_state(second) is RunState.CREATED
    assert [entry.done for entry in entries(queue)] == [False, False]
    last = worker_log_tail(queue, 1)
    assert "the disk is full, and number 1 could not be trained to its end" in last
    assert "lora-wizard queue start" in last
    (first.path / "trainer.py").write_text(PATIENT, encoding="utf-8")
    begin(queue)
    wait_for_end(queue)
    assert {run_state(first), run_state(second)} == {RunState.FINISHED}


def test_what_waits_can_be_removed_and_numbers_are_kept(queue: QueueFolder) -> None:
    runs = [queued(queue, name) for name in "abc"]
    removed = remove(queue, 2)
    assert removed.run == runs[1]
    assert runs[1].is_run()
    assert [entry.number for entry in entries(queue)] == [1, 3]
    with pytest.raises(RunError, match="no number 2"):
        remove(queue, 2)


def test_what_is_being_trained_is_not_removed(queue: QueueFolder) -> None:
    first = queued(queue, "a", free=False)
    begin(queue)
    wait_for(first, RunState.RUNNING)
    with pytest.raises(RunError, match="being trained"):
        remove(queue, 1)
    let_go(first)
    wait_for_end(queue)


def test_a_run_waits_once_only(queue: QueueFolder) -> None:
    folder = queued(queue, "a")
    with pytest.raises(RunError, match="in the queue already, as number 1"):
        add(queue, folder, now=1.0)


def test_files_that_are_half_written_or_foreign_are_passed_over(queue: QueueFolder) -> None:
    queued(queue, "a")
    for name in ("0007.json", "notes.json", "0008.txt"):
        (queue.waiting / name).write_text("{", encoding="utf-8")
    assert [entry.number for entry in entries(queue)] == [1]
    queued(queue, "b")
    assert [entry.number for entry in entries(queue)] == [1, 8]


def test_a_queue_nobody_works_on_cannot_be_stopped(queue: QueueFolder) -> None:
    with pytest.raises(RunError, match="nothing works on this queue"):
        stop_worker(queue)


def test_a_later_process_of_the_same_number_is_not_the_worker(queue: QueueFolder) -> None:
    from lora_wizard.runs.record import write_record_at

    queue.path.mkdir(parents=True)
    write_record_at(queue.worker_json, argv=[], versions={}, now=time.time())
    assert worker_record(queue) is not None
    text = queue.worker_json.read_text(encoding="utf-8")
    queue.worker_json.write_text(text.replace('"start_ticks": ', '"start_ticks": 1'), "utf-8")
    assert worker_record(queue) is None

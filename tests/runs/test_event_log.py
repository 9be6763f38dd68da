"""The log survives kills, garbage and newer versions, and is read once, whatever the pieces."""

import errno
import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.errors import RunError
from lora_wizard.runs import (
    Checkpoint,
    Event,
    Failed,
    Finished,
    Gpu,
    Note,
    Phase,
    Sample,
    Started,
    Step,
    Stopped,
    Validation,
    open_log,
    read_events,
)
from lora_wizard.runs.event_json import event_from_record, event_to_line
from lora_wizard.runs.events import EVENT_KINDS
from lora_wizard.runs.log import LARGEST_LOG
from lora_wizard.runs.words import duration_words

EVERY_KIND: tuple[Event, ...] = (
    Started(1, None, 100, 2, 50, 1, sample_rounds=3, checkpoints=4, time=1.0),
    Phase("caching_latents", 3, 50, time=2.0),
    Step(1, 1, 0.25, 1e-4, 1.5, 0.7, time=3.0),
    Gpu(1, 2, 3, 4, time=4.0),
    Sample(1, 'a "quoted"\nprompt, ミラ', "samples/step-000001-0.png", time=5.0),
    Validation(1, 0.125, 12, time=5.5),
    Checkpoint(1, "checkpoints/step-000001.safetensors", time=6.0),
    Note("warning", "two pictures are small", time=7.0),
    Failed("out of memory", "lower the resolution", "Traceback ...", time=8.0),
    Stopped(1, "checkpoints/step-000001.safetensors", time=9.0),
    Finished("mira.safetensors", 100, 150.0, time=10.0),
)

words = st.text(st.characters(codec="utf-8"), max_size=20)
events = st.lists(
    st.one_of(
        st.builds(Note, st.sampled_from(["info", "warning"]), words, time=st.floats(1, 2e9)),
        st.builds(
            Step,
            st.integers(1, 10**6),
            st.integers(1, 100),
            st.floats(0, 10),
            st.floats(0, 1),
            st.floats(0, 100),
            st.floats(0, 100),
            time=st.floats(1, 2e9),
        ),
    ),
    max_size=12,
)


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def written(path: Path, *items: Event) -> None:
    with open_log(path) as log:
        for item in items:
            log.write(item)


def test_every_kind_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written(path, *EVERY_KIND)
    assert {type(event) for event in EVERY_KIND} == set(EVENT_KINDS.values())
    assert read_events(path) == (list(EVERY_KIND), path.stat().st_size)


def test_only_the_first_line_says_the_format_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written(path, *EVERY_KIND[:2])
    written(path, *EVERY_KIND[:2])
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line.get("log") for line in lines] == [1, None, None, None]


def test_an_event_without_a_time_gets_that_of_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with open_log(path, clock=lambda: 1234.5) as log:
        log.write(Note("info", "now"))
        log.write(Note("info", "then", time=99.0))
    assert [event.time for event in read_events(path)[0]] == [1234.5, 99.0]


def test_a_log_that_is_not_there_yet_has_no_events(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.jsonl") == ([], 0)


def test_a_torn_last_line_is_left_for_the_next_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    first, second = (event_to_line(event) for event in EVERY_KIND[:2])
    append(path, first + second[:10])
    found, offset = read_events(path)
    assert (found, offset) == ([EVERY_KIND[0]], len(first))
    append(path, second[10:])
    assert read_events(path, offset) == ([EVERY_KIND[1]], len(first + second))


def test_a_line_torn_by_a_kill_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    append(path, event_to_line(EVERY_KIND[0]) + b'{"kind":"step","ti')
    _, offset = read_events(path)
    written(path, EVERY_KIND[1], EVERY_KIND[2])
    assert read_events(path, offset)[0] == [EVERY_KIND[1], EVERY_KIND[2]]
    assert read_events(path)[0] == list(EVERY_KIND[:3])


@pytest.mark.parametrize(
    "line",
    [
        b"garbage",
        b"\xff\xfe\x00",
        b"",
        b"5",
        b"[" * 100_000,
        b'{"kind":"of a later version","time":1}',
        b'{"time":1}',
        b'{"kind":"note","time":1,"level":"info"}',
        b'{"kind":"note","time":1,"level":"info","text":5}',
        b'{"kind":"checkpoint","time":1,"step":true,"path":"a"}',
        b'{"kind":"gpu","time":1' + b"0" * 400 + b',"used":1,"reserved":1,"total":1,"peak":1}',
    ],
    ids=lambda line: repr(line[:30]),
)
def test_a_line_that_makes_no_sense_is_skipped(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "events.jsonl"
    append(path, event_to_line(EVERY_KIND[0]) + line + b"\n" + event_to_line(EVERY_KIND[1]))
    assert read_events(path) == (list(EVERY_KIND[:2]), path.stat().st_size)


def test_unknown_keys_are_ignored_and_missing_ones_take_their_default() -> None:
    record = {"kind": "phase", "time": 1, "name": "loading", "colour": "blue"}
    assert event_from_record(record) == Phase("loading", 0, 0, time=1.0)


def test_a_loss_that_is_not_a_number_is_valid_json_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written(path, Step(1, 1, math.inf, 1e-4, 1.0, time=1.0))
    assert json.loads(path.read_bytes())["loss"] is None
    (step,) = read_events(path)[0]
    assert isinstance(step, Step)
    assert math.isnan(step.loss)


def test_half_of_a_surrogate_pair_in_a_prompt_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written(path, Sample(1, "mira \udc80", "samples/0.png", time=1.0))
    assert read_events(path)[0] == [Sample(1, "mira \ufffd", "samples/0.png", time=1.0)]


def test_a_log_of_a_newer_format_says_to_update(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    append(path, event_to_line(EVERY_KIND[0], log_format=2))
    with pytest.raises(RunError, match=r"format 2.*Update"):
        read_events(path)


def test_a_full_disk_says_so_and_the_reader_finds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_log(tmp_path / "events.jsonl") as log:
        monkeypatch.setattr(os, "write", refuse)
        with pytest.raises(RunError, match="the disk is full"):
            log.write(EVERY_KIND[0])
    assert read_events(tmp_path / "events.jsonl") == ([], 0)


@pytest.mark.parametrize("target", ["precious", "missing", "/dev/full", "/dev/zero"])
def test_a_log_that_is_a_link_is_refused_and_its_target_left_alone(
    tmp_path: Path, target: str
) -> None:
    (tmp_path / "precious").write_text("old")
    (tmp_path / "events.jsonl").symlink_to(target)
    with pytest.raises(RunError, match="symbolic link"), open_log(tmp_path / "events.jsonl"):
        pass
    with pytest.raises(RunError, match="symbolic link"):
        read_events(tmp_path / "events.jsonl")
    assert (tmp_path / "precious").read_text() == "old"
    assert not (tmp_path / "missing").exists()


@given(events, st.data())
def test_any_pieces_of_a_log_yield_every_event_once(
    tmp_path_factory: pytest.TempPathFactory, items: list[Event], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    content = b"".join(event_to_line(item) for item in items)
    cuts = data.draw(st.lists(st.integers(0, len(content)), max_size=8).map(sorted))
    found: list[Event] = []
    offset = 0
    for start, stop in zip([0, *cuts], [*cuts, len(content)], strict=True):
        append(path, content[start:stop])
        new, offset = read_events(path, offset)
        found += new
    assert found == items
    assert offset == len(content)


def test_a_log_that_is_too_large_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written(path, EVERY_KIND[0])
    os.truncate(path, LARGEST_LOG)
    assert read_events(path)[0] == [EVERY_KIND[0]]
    os.truncate(path, LARGEST_LOG + 1)
    with pytest.raises(RunError, match="32 MB; at most 32 are read"):
        read_events(path)


@pytest.mark.parametrize("seconds", ["1e999", "null", "NaN", "-1e999"])
def test_a_time_that_is_not_finite_is_called_unknown(tmp_path: Path, seconds: str) -> None:
    path = tmp_path / "events.jsonl"
    line = f'{{"kind":"finished","time":1,"path":"a","steps":1,"seconds":{seconds}}}\n'
    path.write_text(line, encoding="utf-8")
    (event,) = read_events(path)[0]
    assert isinstance(event, Finished)
    assert duration_words(event.seconds) == "an unknown time"

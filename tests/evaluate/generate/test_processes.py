"""Sharing the pictures between processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_eval.errors import LoraWizardError, PicturesError
from lora_eval.generate.processes import Process, device_for, this_process, wait_for


@given(st.lists(st.integers()), st.integers(1, 9))
def test_each_item_is_one_processs(items: list[int], count: int) -> None:
    shares = [Process(number, count).share(items) for number in range(count)]
    assert sorted(item for share in shares for item in share) == sorted(items)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize(
    ("environment", "process"),
    [
        ({}, Process()),
        ({"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1"}, Process(3, 4, 1)),
        ({"RANK": "4", "WORLD_SIZE": "4"}, Process()),
        ({"RANK": "one", "WORLD_SIZE": "2"}, Process()),
    ],
)
def test_the_launchers_variables_tell(environment: dict[str, str], process: Process) -> None:
    assert this_process(environment) == process
    assert process.is_main == (process.number == 0)


def test_waiting_ends_when_nothing_remains(tmp_path: Path) -> None:
    left = [3, 2, 1]

    def remaining() -> list[int]:
        now = list(left)
        if left:
            left.pop()
        return now

    wait_for(remaining, tmp_path, "Pictures", patience_seconds=60, pause_seconds=0)
    assert left == []


def test_waiting_ends_with_an_error_when_nothing_comes(tmp_path: Path) -> None:
    with pytest.raises(PicturesError, match="Pictures did not come"):
        wait_for(lambda: [1], tmp_path, "Pictures", patience_seconds=0, pause_seconds=0)


def test_a_device_can_be_chosen() -> None:
    assert device_for(Process(), "cpu").type == "cpu"


@pytest.mark.parametrize("name", ["abacus", "cpu:x", "meta", "cuda:99"])
def test_a_device_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(LoraWizardError, match=f"--device {name}"):
        device_for(Process(), name)

"""A process is told apart from every other one, also from a later one with its number."""

import dataclasses
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lora_wizard.runs import ProcessIdentity

Spawn = Callable[[str], "subprocess.Popen[bytes]"]
Wait = Callable[[Callable[[], bool]], None]

linux_only = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="only /proc tells processes apart"
)


def of(pid: int) -> ProcessIdentity:
    identity = ProcessIdentity.of(pid)
    assert identity is not None
    return identity


def test_this_process_is_alive_and_equal_to_itself() -> None:
    assert ProcessIdentity.current().alive()
    assert ProcessIdentity.current() == of(os.getpid())


def test_a_killed_process_is_dead_before_and_after_its_parent_looks(
    spawn: Spawn, wait_until: Wait
) -> None:
    process = spawn("import time; time.sleep(60)")
    identity = of(process.pid)
    assert identity.alive()
    process.kill()
    wait_until(lambda: not identity.alive())  # a zombie now
    process.wait()
    assert not identity.alive()
    assert ProcessIdentity.of(process.pid) != identity


@linux_only
def test_a_reused_number_is_another_process(spawn: Spawn) -> None:
    identity = of(spawn("import time; time.sleep(60)").pid)
    assert identity.start_ticks is not None
    earlier = dataclasses.replace(identity, start_ticks=identity.start_ticks - 1)
    assert identity.alive()
    assert not earlier.alive()


@linux_only
def test_the_same_number_and_tick_of_another_boot_is_another_process() -> None:
    assert not dataclasses.replace(ProcessIdentity.current(), boot_id="before").alive()


@linux_only
def test_a_program_may_have_brackets_and_spaces_in_its_name(spawn: Spawn) -> None:
    name = "import ctypes; ctypes.CDLL(None).prctl(15, b') R 1 (', 0, 0, 0); "
    process = spawn(name + "print(flush=True); import time; time.sleep(60)")
    assert process.stdout is not None
    before = of(process.pid)
    process.stdout.readline()
    assert b") R 1 (" in Path(f"/proc/{process.pid}/comm").read_bytes()
    assert before.alive()


def test_without_a_start_an_identity_is_nobodys(spawn: Spawn) -> None:
    process = spawn("import time; time.sleep(60)")
    assert of(process.pid).alive()
    assert not ProcessIdentity(process.pid, None, "").alive()
    assert not ProcessIdentity(process.pid, None, of(process.pid).boot_id).alive()


@pytest.mark.parametrize("pid", [0, -1, 2**40])
def test_numbers_that_name_no_process_are_dead(pid: int) -> None:
    assert not ProcessIdentity(pid, None, "").alive()
    assert ProcessIdentity.of(pid) is None

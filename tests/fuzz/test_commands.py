"""Every command, fed with hostile files: no traceback, no control character, in bounded time.

`python -m pytest tests/fuzz -m slow` runs thousands of inputs, each in a process of its own whose
memory and time are measured.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lora_wizard.output import steering

from .commands import COMMANDS

MOST_SECONDS = 20.0
MOST_BYTES = 1_500_000_000
SLOW_INPUTS = int(os.environ.get("FUZZ_INPUTS", "150"))
"""Inputs a command in the slow test."""


def fault_of(name: str, seed: int, folder: Path) -> str:
    """What is wrong with a command's answer to one input; empty where nothing is."""
    random = Random(f"{name} {seed}")
    command, prepare = COMMANDS[name]
    words = prepare(random, folder)
    start = time.monotonic()
    result = CliRunner().invoke(command, words)
    seconds = time.monotonic() - start
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        assert result.exc_info is not None
        return f"{words}: {''.join(traceback.format_exception(*result.exc_info)[-12:])}"
    if "Traceback (most recent call last)" in result.output:
        return f"{words}: a traceback is printed: {result.output[-3000:]}"
    steers = {match.group() for match in steering.finditer(result.output)} - {"\n", "\t"}
    if steers:
        return f"{words}: {sorted(map(ascii, steers))} reach the terminal: {result.output[:500]!a}"
    if result.exit_code not in (0, 1, 2):
        return f"{words}: exit code {result.exit_code}"
    return f"{words}: {seconds:.0f} s" if seconds > MOST_SECONDS else ""


@pytest.mark.parametrize("name", COMMANDS)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(seed=st.integers(0, 2**32))
def test_no_input_surprises_a_command(name: str, seed: int) -> None:
    before = os.environ.get("XDG_CONFIG_HOME")
    with tempfile.TemporaryDirectory() as folder:
        try:
            fault = fault_of(name, seed, Path(folder))
        finally:
            os.environ.pop("XDG_CONFIG_HOME", None)
            if before is not None:
                os.environ["XDG_CONFIG_HOME"] = before
    assert not fault, fault


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_thousands_of_inputs_surprise_no_command(name: str) -> None:
    faults = []
    for seed in range(SLOW_INPUTS):
        with tempfile.TemporaryDirectory() as folder:
            fault = _in_a_child(name, seed, Path(folder))
        if fault:
            faults.append(f"seed {seed}: {fault}")
    assert not faults, f"{len(faults)} of {SLOW_INPUTS}\n" + "\n\n".join(faults[:10])


def _in_a_child(name: str, seed: int, folder: Path) -> str:
    """As `fault_of`, in a forked process whose whole memory counts and whose time is bounded."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
            fault = fault_of(name, seed, folder)
            if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > MOST_BYTES:
                fault = fault or "it takes more than 1.5 GB"
            os.write(writing, fault.encode("utf-8", "backslashreplace")[:60_000])
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        fault = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return fault or ("" if status == 0 else f"it was ended with status {status}")

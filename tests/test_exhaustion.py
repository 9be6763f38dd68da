"""Errors that mean that memory ran out, and how both programs say so."""

from __future__ import annotations

import errno

import click
import pytest
from click.testing import CliRunner

from lora_wizard.command_line import LazyGroup
from lora_wizard.exhaustion import is_out_of_memory, memory_words

ERRORS = [
    MemoryError(),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    ImportError("numpy: cannot allocate memory in static TLS block"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes"),
    RuntimeError("std::bad_alloc"),
    RuntimeError("can't start new thread"),
    OSError("out of memory when reading image file"),
]
OTHERS = [
    ValueError("out of memory"),
    KeyError("MemoryError"),
    ImportError("No module named torch"),
    RuntimeError("CUDA out of memory"),
    OSError(errno.ENOSPC, "No space left on device"),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_memory_that_ran_out_is_told_in_words(error: Exception) -> None:
    assert is_out_of_memory(error)
    assert memory_words(error).startswith("There is not enough memory (")


@pytest.mark.parametrize("error", OTHERS, ids=str)
def test_other_errors_are_not_taken_for_it(error: Exception) -> None:
    assert not is_out_of_memory(error)


def test_an_error_that_came_from_it_counts() -> None:
    try:
        try:
            raise MemoryError
        except MemoryError as error:
            raise ImportError("numpy cannot be imported") from error
    except ImportError as error:
        assert is_out_of_memory(error)


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_a_command_that_runs_out_of_memory_shows_no_traceback(error: Exception) -> None:
    @click.group(cls=LazyGroup, lazy={}, invoke_without_command=True)
    def program() -> None:
        raise error

    result = CliRunner().invoke(program, [])
    assert result.exit_code == 2
    assert "There is not enough memory" in result.output
    assert "Traceback" not in result.output


def test_a_fault_keeps_its_traceback() -> None:
    @click.group(cls=LazyGroup, lazy={}, invoke_without_command=True)
    def program() -> None:
        raise ValueError("a fault")

    assert isinstance(CliRunner().invoke(program, []).exception, ValueError)

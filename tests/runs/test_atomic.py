"""A write that fails leaves the old file and no litter."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lora_wizard.errors import RunError
from lora_wizard.runs import atomic_write, replacing
from lora_wizard.runs.disk import refused, size_words


def write_half(path: Path, then: Callable[[], int]) -> None:
    with replacing(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        then()


def test_text_and_bytes_are_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    atomic_write(tmp_path / "a", "grüße\n")
    atomic_write(tmp_path / "b", b"\x00\xff")
    assert (tmp_path / "a").read_text(encoding="utf-8") == "grüße\n"
    assert (tmp_path / "b").read_bytes() == b"\x00\xff"
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_writer_that_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        write_half(path, lambda: 1 // 0)
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["state"]


def test_a_full_disk_leaves_the_old_file_and_says_how_much_is_free(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RunError, match=r"the disk is full \([\d.]+ \w+ free\)") as caught:
        write_half(path, lambda: Path("/dev/full").write_bytes(b"0" * 100_000))
    assert caught.value.where == str(path)
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["state"]


def test_what_a_kill_left_behind_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".state.partial").write_text("a longer piece of an old try", encoding="utf-8")
    atomic_write(tmp_path / "state", "new")
    assert (tmp_path / "state").read_text(encoding="utf-8") == "new"
    assert os.listdir(tmp_path) == ["state"]


def test_a_folder_that_is_not_there_is_a_run_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be written"):
        atomic_write(tmp_path / "missing" / "state", "new")


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EACCES, "you may not write here"),
        (errno.EROFS, "read-only"),
        (errno.ENOTDIR, "a file, not a folder"),
        (errno.ENAMETOOLONG, "too long"),
        (errno.EIO, "cannot be written"),
    ],
)
def test_each_refusal_of_the_system_has_its_words(tmp_path: Path, number: int, words: str) -> None:
    error = refused(OSError(number, os.strerror(number)), tmp_path / "not" / "there")
    assert words in str(error)
    assert str(tmp_path) in str(error)


def test_sizes_are_said_as_people_say_them() -> None:
    assert [size_words(size) for size in (0, 999, 1000, 1_400_000_000, 2 * 10**15)] == [
        "0 bytes",
        "999 bytes",
        "1.0 kB",
        "1.4 GB",
        "2000.0 TB",
    ]

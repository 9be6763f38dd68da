"""Files that somebody else may have laid."""

import os
from pathlib import Path

import pytest

from lora_wizard.atomic import atomic_write, replacing
from lora_wizard.files import UnusableFileError, open_unlinked, read_regular

FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT


def test_a_file_of_the_allowed_size_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 10)
    assert read_regular(path, most=10) == b"x" * 10
    with pytest.raises(UnusableFileError, match="too large"):
        read_regular(path, most=9)


def test_a_named_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnusableFileError, match="named pipe"):
        read_regular(tmp_path / "pipe", most=10)
    with pytest.raises(UnusableFileError):
        open_unlinked(tmp_path / "pipe", os.O_WRONLY)
    with pytest.raises(UnusableFileError):
        open_unlinked(tmp_path / "pipe", os.O_RDWR)


def test_a_link_to_a_device_or_a_folder_is_refused(tmp_path: Path) -> None:
    for target, words in (("/dev/zero", "device"), (str(tmp_path), "folder")):
        link = tmp_path / words
        link.symlink_to(target)
        with pytest.raises(UnusableFileError, match=words):
            read_regular(link, most=10)


def test_a_file_whose_size_says_nothing_is_bounded_all_the_same() -> None:
    with pytest.raises(UnusableFileError, match="more than 10 bytes"):
        read_regular(Path("/proc/self/status"), most=10)


def test_a_link_is_followed_for_reading_only_where_wanted(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "link").symlink_to("a")
    assert read_regular(tmp_path / "link", most=10) == b"x"
    with pytest.raises(UnusableFileError, match="symbolic link"):
        read_regular(tmp_path / "link", most=10, follow=False)


@pytest.mark.parametrize("target", ["there", "missing"])
def test_nothing_is_written_through_a_link(tmp_path: Path, target: str) -> None:
    (tmp_path / "there").write_text("old")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(UnusableFileError, match="symbolic link"):
        open_unlinked(tmp_path / "link", FLAGS)
    assert (tmp_path / "there").read_text() == "old"
    assert not (tmp_path / "missing").exists()


def test_a_partial_file_that_is_a_link_is_replaced_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("old")
    (tmp_path / ".a.partial").symlink_to("precious")
    atomic_write(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text() == "new"
    assert (tmp_path / "precious").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "precious"]


def test_a_partial_file_is_there_before_the_block_writes(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as temporary:
        assert temporary.read_bytes() == b""
        assert not temporary.is_symlink()
        temporary.write_text("new")
    assert (tmp_path / "a").read_text() == "new"

"""One caption's file: what is read of it, what is refused, and that nothing hangs."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lora_wizard.dataset.caption_files import MOST_BYTES, CaptionFile, read_caption_file
from lora_wizard.errors import Problem


def said(path: Path, root: Path | None = None) -> str:
    found = read_caption_file(path, root or path.parent)
    assert isinstance(found, Problem), found
    assert found.where == str(path)
    return found.what


def lines(path: Path, root: Path | None = None) -> tuple[str, ...]:
    found = read_caption_file(path, root or path.parent)
    assert isinstance(found, CaptionFile), found
    return found.lines


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    assert "not a regular file" in said(tmp_path / "a.txt")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/urandom", "/dev/null"])
def test_a_link_to_a_device_is_refused(tmp_path: Path, device: str) -> None:
    (tmp_path / "a.txt").symlink_to(device)
    assert "outside the training folder" in said(tmp_path / "a.txt")


def test_a_link_to_a_pipe_inside_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.txt").symlink_to("pipe")
    assert "not a regular file" in said(tmp_path / "a.txt")


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("a.txt")
        assert "cannot be read" in said(tmp_path / "a.txt")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    assert "a folder, not a file" in said(tmp_path / "a.txt")


@pytest.mark.parametrize(("size", "is_read"), [(MOST_BYTES, True), (MOST_BYTES + 1, False)])
def test_a_caption_of_more_than_100_kb_is_refused_by_number(
    tmp_path: Path, size: int, is_read: bool
) -> None:
    (tmp_path / "a.txt").write_bytes(b"a" * size)
    found = read_caption_file(tmp_path / "a.txt", tmp_path)
    assert isinstance(found, CaptionFile) is is_read
    if isinstance(found, Problem):
        assert "100,001 bytes; at most 100,000 are read" in found.what


def test_a_caption_of_20_mb_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(20_000_000)
    assert "20,000,000 bytes" in said(tmp_path / "a.txt")


def test_a_link_out_of_the_training_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "set/10_mira").mkdir(parents=True)
    (tmp_path / "secret").write_text("password")
    for target in ("../../secret", str(tmp_path / "secret")):
        link = tmp_path / "set/10_mira/a.txt"
        link.symlink_to(target)
        words = said(link, tmp_path / "set")
        assert "outside the training folder: not read" in words
        assert "password" not in words
        link.unlink()


def test_a_link_by_way_of_another_link_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "secret").write_text("password")
    (tmp_path / "set/between").symlink_to("../secret")
    (tmp_path / "set/a.txt").symlink_to("between")
    assert "outside the training folder" in said(tmp_path / "set/a.txt")


def test_a_folder_beside_whose_name_begins_alike_is_outside(tmp_path: Path) -> None:
    for name in ("set", "set2"):
        (tmp_path / name).mkdir()
    (tmp_path / "set2/b.txt").write_text("mira")
    (tmp_path / "set/a.txt").symlink_to("../set2/b.txt")
    assert "outside the training folder" in said(tmp_path / "set/a.txt")


def test_a_link_that_stays_inside_is_read(tmp_path: Path) -> None:
    (tmp_path / "set/10_mira").mkdir(parents=True)
    (tmp_path / "set/captions").mkdir()
    (tmp_path / "set/captions/a.txt").write_text("mira, smile")
    (tmp_path / "set/10_mira/a.txt").symlink_to("../captions/a.txt")
    (tmp_path / "set/10_mira/b.txt").symlink_to("a.txt")
    assert lines(tmp_path / "set/10_mira/a.txt", tmp_path / "set") == ("mira, smile",)
    assert lines(tmp_path / "set/10_mira/b.txt", tmp_path / "set") == ("mira, smile",)


def test_a_whole_folder_that_is_a_link_is_read(tmp_path: Path) -> None:
    (tmp_path / "far/10_mira").mkdir(parents=True)
    (tmp_path / "far/10_mira/a.txt").write_text("mira")
    (tmp_path / "far/10_mira/b.txt").symlink_to("a.txt")
    (tmp_path / "far/10_mira/c.txt").symlink_to("../../secret")
    (tmp_path / "secret").write_text("password")
    (tmp_path / "set").mkdir()
    (tmp_path / "set/10_mira").symlink_to("../far/10_mira")
    inside = tmp_path / "set/10_mira"
    assert lines(inside / "a.txt", tmp_path / "set") == ("mira",)
    assert lines(inside / "b.txt", tmp_path / "set") == ("mira",)
    assert "outside the training folder" in said(inside / "c.txt", tmp_path / "set")


def test_links_that_lead_nowhere_or_round_and_round_are_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("gone.txt")
    (tmp_path / "b.txt").symlink_to("b.txt")
    assert "a link to a file that is not there" in said(tmp_path / "a.txt")
    assert "link" in said(tmp_path / "b.txt")


def test_utf_16_without_its_mark_is_read_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("mira, smile".encode("utf-16-le"))
    found = read_caption_file(tmp_path / "a.txt", tmp_path)
    assert isinstance(found, CaptionFile)
    assert [*found.oddities] == ["nuls"]


@given(st.binary(max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_a_caption_or_a_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    found = read_caption_file(path, tmp_path)
    if isinstance(found, CaptionFile):
        assert all(line and line == line.strip() for line in found.lines)
    else:
        assert "UTF-" in found.what

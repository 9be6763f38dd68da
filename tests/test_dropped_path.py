"""Paths as terminals type them when a file is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.dropped_path import dropped_path


def nothing(path: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("/path/my pics", "/path/my pics"),
        ("'/path/my pics'", "/path/my pics"),
        ('"/path/my pics"', "/path/my pics"),
        ("'/path/my pics' ", "/path/my pics"),
        ("  /path/pics\n", "/path/pics"),
        (r"/path/my\ pics", "/path/my pics"),
        (r"/path/it\'s\ \(1\)/\[a\]", "/path/it's (1)/[a]"),
        (r"'/path/it'\''s'", "/path/it's"),
        ("file:///path/my%20pics", "/path/my pics"),
        ("FILE:///path/my%20pics/ ", "/path/my pics/"),
        ("'file:///path/my%20pics'", "/path/my pics"),
        ("file://localhost/a%23b%25c", "/a#b%c"),
        ("file:/path/a", "/path/a"),
        ("file:///%E6%97%A5%E6%9C%AC", "/日本"),
        (r"$'/path/caf\303\251\'s\x21'", "/path/café's!"),
        ("~/my\\ pics", "~/my pics"),
        ("'~/my pics'", "~/my pics"),
        ("paperdoll", "paperdoll"),
        ("/a/it's", "/a/it's"),
        ("/a/end\\", "/a/end\\"),
        ("'/a' '/b'", "'/a' '/b'"),
        ("file://elsewhere.example/a", "file://elsewhere.example/a"),
        ("", ""),
        ("  \n", ""),
        ("''", "''"),
    ],
)
def test_a_dropped_path_is_understood(typed: str, path: str) -> None:
    assert dropped_path(typed, nothing) == path


@pytest.mark.parametrize(
    "name",
    ["it's", '"quoted"', r"back\slash", "a b ", "file:", "50%20off", "$'x'", "it\\'s \udce3"],
)
def test_what_is_there_as_typed_is_taken_as_typed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert dropped_path(f"{tmp_path}/{name}") == f"{tmp_path}/{name}"


def test_a_percent_sign_in_a_plain_path_is_no_escape(tmp_path: Path) -> None:
    assert dropped_path(f"{tmp_path}/my%20pics") == f"{tmp_path}/my%20pics"


def test_a_folder_that_is_there_is_found_through_its_quotes(tmp_path: Path) -> None:
    folder = tmp_path / "my pics (1)"
    folder.mkdir()
    escaped = str(folder).replace(" ", "\\ ").replace("(", "\\(").replace(")", "\\)")
    for typed in (f"'{folder}' ", escaped, folder.as_uri()):
        assert dropped_path(typed) == str(folder)


@given(st.text())
def test_any_text_gives_a_text(typed: str) -> None:
    assert isinstance(dropped_path(typed, nothing), str)
    dropped_path(typed)

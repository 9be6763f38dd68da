"""Folders appear whole or not at all, and nothing of the user's is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from lora_wizard.errors import DatasetError, RunError
from lora_wizard.paperdoll.placing import new_folder


def fill(path: Path, content: str, **options: bool) -> None:
    with new_folder(path, **options) as folder:
        (folder / "file").write_text(content)


def test_a_folder_is_there_with_all_that_was_put_in_and_nothing_beside_it(tmp_path: Path) -> None:
    fill(tmp_path / "deep" / "new", "one")
    assert (tmp_path / "deep" / "new" / "file").read_text() == "one"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["new"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    fill(tmp_path / "new", "one")
    assert (tmp_path / "new" / "file").read_text() == "one"


def test_what_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "new") as folder:
        (folder / "file").write_text("half")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    fill(tmp_path / "new", "mine")
    with pytest.raises(DatasetError, match="--overwrite"):
        fill(tmp_path / "new", "other")
    assert (tmp_path / "new" / "file").read_text() == "mine"


def test_overwriting_moves_aside_each_time(tmp_path: Path) -> None:
    for content in ("one", "two", "three"):
        fill(tmp_path / "new", content, overwrite=True)
    contents = {path.name: (path / "file").read_text() for path in tmp_path.iterdir()}
    assert contents == {"new": "three", "new.replaced-1": "one", "new.replaced-2": "two"}


def test_replacing_leaves_only_the_new_one(tmp_path: Path) -> None:
    fill(tmp_path / "new", "one")
    fill(tmp_path / "new", "two", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    assert (tmp_path / "new" / "file").read_text() == "two"


def test_a_replacement_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    fill(tmp_path / "new", "one")
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "new", replace=True):
        raise ZeroDivisionError
    assert (tmp_path / "new" / "file").read_text() == "one"


def test_a_file_in_the_way_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RunError, match="not a folder"):
        fill(tmp_path / "file" / "new", "one")
    assert (tmp_path / "file").read_text() == "mine"

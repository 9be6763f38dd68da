"""Paths are completed from the disk as they are typed."""

from pathlib import Path

import pytest

from lora_wizard.ui.paths import PathSuggester, complete_path


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("pictures", "pictures/10_mira", "presets", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "pixels.safetensors").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("pi", "pictures/"),
        ("pix", "pixels.safetensors"),
        ("pictures/", "pictures/10_mira/"),
        ("pictures/2", None),
        ("~/pr", "~/presets/"),
        ("~", "~/"),
        (".h", ".hidden/"),
        ("nowhere/a", None),
        ("", None),
    ],
)
def test_the_first_entry_that_begins_so_is_offered(
    room: Path, typed: str, completed: str | None
) -> None:
    assert complete_path(typed) == completed


def test_an_absolute_path_stays_absolute(room: Path) -> None:
    assert complete_path(f"{room}/pre") == f"{room}/presets/"


def test_hidden_entries_wait_for_their_dot(room: Path) -> None:
    assert complete_path(f"{room}/") == f"{room}/pictures/"


def test_files_are_passed_over_where_a_folder_is_asked_for(room: Path) -> None:
    assert complete_path("pix", folders_only=True) is None


async def test_other_words_are_offered_before_paths(room: Path) -> None:
    suggester = PathSuggester(also=["paperdoll"])
    assert await suggester.get_suggestion("pa") == "paperdoll"
    assert await suggester.get_suggestion("pi") == "pictures/"
    assert await suggester.get_suggestion("") is None

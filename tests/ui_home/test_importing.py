"""The path of a file to begin from, as it is typed or dropped on the terminal."""

from __future__ import annotations

from pathlib import Path

from lora_wizard.ui.home.importing import file_problem


def test_a_dropped_file_is_found(tmp_path: Path) -> None:
    path = tmp_path / "my settings.toml"
    path.touch()
    for typed in (f"'{path}' ", str(path).replace(" ", "\\ "), path.as_uri(), str(path)):
        assert file_problem(typed, "no file") is None
    assert file_problem(f"'{tmp_path}/other.toml'", "no file") == "no file"
    assert file_problem("", "no file") == "no file"

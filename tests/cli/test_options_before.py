"""Options before a command count for it, or are refused in words; none is ignored."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lora_wizard.cli import COMMANDS, main
from lora_wizard.commands.app import served_command


def call(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("words", [["runs"], ["queue", "list"]])
def test_the_folder_of_runs_counts_wherever_it_stands(tmp_path: Path, words: list[str]) -> None:
    before = call("--root", tmp_path / "elsewhere", *words)
    assert before.exit_code == 0, before.output
    if words == ["runs"]:
        assert str(tmp_path / "elsewhere") in before.output


def test_the_language_counts_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    before = call("--lang", "ja", "check", tmp_path / "empty")
    behind = call("check", tmp_path / "empty", "--lang", "ja")
    assert before.output == behind.output != call("check", tmp_path / "empty").output


def test_the_one_behind_the_command_counts(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    both = call("--lang", "ja", "check", tmp_path / "empty", "--lang", "en")
    assert both.output == call("check", tmp_path / "empty", "--lang", "en").output


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--slow"], ["runs"]),
        (["--ascii"], ["check", "x"]),
        (["--no-ascii"], ["doctor"]),
        (["--web"], ["train"]),
        (["--port", "9"], ["attach"]),
        (["--slow", "--mouse"], ["queue", "list"]),
        (["--root", "x"], ["presets", "list"]),
        (["--images", "x"], ["runs"]),
    ],
)
def test_what_a_command_does_not_have_is_refused(options: list[str], words: list[str]) -> None:
    result = call(*options, *words)
    assert result.exit_code == 2
    assert "has no --" in result.output
    for option in options:
        if option.startswith("--no-"):
            continue
        assert not option.startswith("--") or option in result.output


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("option", ["--lang=ja", "--root=x", "--slow", "--ascii", "--base=x"])
def test_every_command_has_the_option_or_refuses_it(name: str, option: str) -> None:
    result = call(option, name, "--help")
    assert result.exit_code == 0  # help is shown whatever stands before it


def test_pictures_and_base_are_handed_on_to_new(tmp_path: Path) -> None:
    result = call("--images", tmp_path / "none", "--base", "paperdoll", "new", "--yes", "--to", "-")
    assert result.exit_code == 2
    assert str(tmp_path / "none") in result.output


def test_the_app_in_a_browser_gets_all_options_too() -> None:
    words = served_command(
        lang="ja", root=Path("r"), images=None, base=None, slow=True, ascii=False, mouse=True
    )
    assert {"--slow", "--no-ascii", "--mouse", "ja"} <= set(shlex.split(words))

"""The commands: what they print, and how they fail."""

import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from lora_eval.cli import main as evaluate
from lora_wizard.cli import COMMANDS, main
from lora_wizard.command_line import LazyCommand, LazyGroup
from lora_wizard.recipe import parse_recipe


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="lora-wizard")


def test_help_names_every_command() -> None:
    result = call("--help")
    assert result.exit_code == 0
    assert all(f"  {name} " in result.output for name in COMMANDS)


def test_the_usage_of_a_command_names_it_as_it_is_called() -> None:
    assert call("presets", "--help").output.startswith("Usage: lora-wizard presets ")


def test_an_unknown_command_is_a_usage_error() -> None:
    result = call("trian")
    assert result.exit_code == 2
    assert "No such command 'trian'" in result.stderr


def test_presets_list_shows_name_and_summary() -> None:
    result = call("presets", "list")
    assert result.exit_code == 0
    assert "popup-defaults: The usual starting values" in result.output


def test_presets_list_shows_broken_ones_beside_the_others(own_configuration: Path) -> None:
    folder = own_configuration / "lora-wizard" / "presets"
    folder.mkdir(parents=True)
    (folder / "bad.toml").write_text("x", encoding="utf-8")
    result = call("presets", "list")
    assert result.exit_code == 0
    assert "bad.toml: it is not TOML" in result.stderr
    assert "quick-look" in result.stdout


def test_presets_show_prints_the_file_and_in_full_a_recipe() -> None:
    assert tomllib.loads(call("presets", "show", "quick-look").stdout)["network"]["rank"] == 16
    full = parse_recipe(call("presets", "show", "--full", "quick-look").stdout)
    assert full.network.rank == 16


def test_presets_check_says_what_a_good_one_changes(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[preset]\ntitle = "T"\nsummary = "S"\n[network]\nrank = 4\n', encoding="utf-8")
    result = call("presets", "check", str(path))
    assert result.exit_code == 0
    assert "mine.toml: a good preset. T" in result.stdout
    assert "    network.rank = 4" in result.stdout.splitlines()


def test_presets_check_prints_every_problem_of_every_file_without_a_traceback(
    tmp_path: Path,
) -> None:
    paths = [tmp_path / "one.toml", tmp_path / "two.toml"]
    for path in paths:
        path.write_text("[network]\nrnk = 4\n", encoding="utf-8")
    result = call("presets", "check", *map(str, paths))
    assert result.exit_code == 2
    assert result.stderr.count("network.rnk (line 2)") == 2
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_a_bug_keeps_its_traceback() -> None:
    group = LazyGroup("broken", lazy={"bug": LazyCommand("no_such_module:command", "Fails.")})
    with pytest.raises(ModuleNotFoundError):
        CliRunner().invoke(group, ["bug"], catch_exceptions=False)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_list_exists_and_explains_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.help


def test_the_evaluator_lists_its_commands() -> None:
    result = CliRunner().invoke(evaluate, ["--help"])
    assert result.exit_code == 0
    for name in ("run", "judge", "report", "suites", "label", "calibrate"):
        assert f"\n  {name} " in result.output

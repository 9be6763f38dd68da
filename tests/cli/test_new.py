"""`lora-wizard new`: a recipe without a screen."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lora_wizard.cli import main
from lora_wizard.paperdoll.characters import DEMO_CHARACTER
from lora_wizard.paperdoll.material import write_material
from lora_wizard.presets import find_preset
from lora_wizard.recipe import Recipe, parse_recipe, read_recipe, recipe_to_toml
from tests.cli.test_start import HEAVY, modules_after

FILES = Path(__file__).parents[1] / "interchange" / "files"


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ("new", *arguments), prog_name="lora-wizard")


@pytest.fixture(scope="module")
def heads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("material") / "heads"
    write_material("head-only", DEMO_CHARACTER, out)
    return out


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_preset_and_pictures_make_a_recipe(heads: Path, tmp_path: Path) -> None:
    result = call("--preset", "head-only-alpha1", "--images", str(heads), "--yes", "--lang", "en")
    assert result.exit_code == 0, result.output
    recipe = read_recipe(tmp_path / "heads.toml")
    assert recipe.data.images == str(heads)
    assert recipe.network == find_preset("head-only-alpha1").recipe.network
    assert recipe.data.resolution == (64, 64)
    assert "data.resolution = 64  This base draws 64 pixels." in result.stdout
    assert "13 pictures" in result.stdout
    assert "lora-wizard train heads.toml" in result.stdout


def test_what_was_set_is_never_changed_by_a_suggestion(heads: Path, tmp_path: Path) -> None:
    wishes = ("training.steps=40", "data.resolution=96", "data.bucket_min=64", "sampling.steps=5")
    options = [word for wish in wishes for word in ("--set", wish)]
    result = call("--images", str(heads), "--name", "mio", "--yes", *options)
    assert result.exit_code == 0, result.output
    recipe = read_recipe(tmp_path / "mio.toml")
    assert (recipe.training.steps, recipe.training.epochs) == (40, None)
    assert (recipe.data.resolution, recipe.data.bucket_min) == ((96, 96), 64)
    assert (recipe.sampling.steps, recipe.saving.name) == (5, "mio")


def test_another_trainers_file_is_a_start(heads: Path, tmp_path: Path) -> None:
    source = str(FILES / "sd_flat.toml")
    options = ("--images", str(heads), "--base", "paperdoll", "--to", "out.toml", "--lang", "en")
    result = call("--from", source, *options, "--yes")
    assert result.exit_code == 0, result.output
    assert "no counterpart" in result.stdout
    assert read_recipe(tmp_path / "out.toml").network.conv_rank == 8


def test_a_recipe_is_a_start(heads: Path, tmp_path: Path) -> None:
    made = Recipe.model_validate({"network": {"rank": 4}, "data": {"images": str(heads)}})
    (tmp_path / "start.toml").write_text(recipe_to_toml(made), encoding="utf-8")
    result = call("--from", "start.toml", "--yes", "--name", "again")
    assert result.exit_code == 0, result.output
    assert read_recipe(tmp_path / "again.toml").network.rank == 4


def test_the_recipe_goes_to_stdout_and_the_talk_does_not(heads: Path, tmp_path: Path) -> None:
    result = call("--images", str(heads), "--yes", "--to", "-", "--lang", "ja")
    assert result.exit_code == 0, result.output
    assert parse_recipe(result.stdout).data.images == str(heads)
    assert "目安" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unasked(heads: Path, tmp_path: Path) -> None:
    (tmp_path / "heads.toml").write_text("mine", encoding="utf-8")
    result = call("--images", str(heads), "--yes")
    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert (tmp_path / "heads.toml").read_text(encoding="utf-8") == "mine"
    assert call("--images", str(heads), "--yes", "--overwrite").exit_code == 0


def test_everything_wrong_is_said_together(tmp_path: Path) -> None:
    result = call("--images", str(tmp_path / "nowhere"), "--base", "/no/such.ckpt")
    assert result.exit_code == 2
    for word in ("--yes", "data.images", "model.base"):
        assert word in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_pictures_that_cannot_be_trained_on_are_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = call("--images", "empty", "--yes")
    assert result.exit_code == 2
    assert "empty" in result.stderr


def answered(reply: bytes, *arguments: str) -> tuple[int, bytes]:
    """The exit code and output of `new` on a terminal, where the reply is typed at its question."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-m", "lora_wizard", "new", *arguments])
    said, replied = b"", False
    while True:
        try:
            said += os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if b"[y/N]" in said and not replied:
            os.write(terminal, reply)
            replied = True
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


def test_on_a_terminal_it_asks_before_it_writes(heads: Path, tmp_path: Path) -> None:
    code, said = answered(b"n\n", "--images", str(heads), "--lang", "en")
    assert (code, list(tmp_path.iterdir())) == (1, [])
    assert b"Write heads.toml?" in said
    code, said = answered(b"y\n", "--images", str(heads), "--lang", "en")
    assert (code, [path.name for path in tmp_path.iterdir()]) == (0, ["heads.toml"])


def test_a_preset_and_a_file_do_not_go_together(heads: Path) -> None:
    result = call("--preset", "quick-look", "--from", "a.toml", "--images", str(heads), "--yes")
    assert result.exit_code == 2
    assert "Keep one of them" in result.stderr


def test_nothing_heavy_is_imported(heads: Path) -> None:
    assert modules_after("new", "--images", str(heads), "--yes", "--to", "x.toml") & HEAVY == set()

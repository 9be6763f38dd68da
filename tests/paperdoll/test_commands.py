"""`lora-wizard paperdoll`: what the commands write, say and refuse."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from lora_wizard.cli import main
from lora_wizard.paperdoll.base.plan import PLAN_NAME, Plan, read_plan

HEAVY = ("torch", "diffusers", "transformers")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["paperdoll", *map(str, arguments)])


@pytest.mark.parametrize(
    "arguments",
    [
        ("train-base", "--help"),
        ("material", "head-only", "--size", "32", "--out", "{out}"),
        ("regularisation", "--count", "2", "--size", "32", "--out", "{out}"),
        ("draw", "--count", "2", "--out", "{out}"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_drawing_and_help_import_nothing_heavy(arguments: tuple[str, ...], tmp_path: Path) -> None:
    words = [word.format(out=tmp_path / "out") for word in arguments]
    code = (
        "import sys; from lora_wizard.cli import main\n"
        f"try: main({['paperdoll', *words]!r})\n"
        "except SystemExit as end: assert not end.code\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_material_is_drawn_and_the_next_command_is_named(tmp_path: Path) -> None:
    result = call("material", "head-only", "--out", tmp_path / "out", "--hair-colour", "pink")
    assert result.exit_code == 0, result.output
    assert "lora-wizard train --images" in result.output
    assert len(list((tmp_path / "out" / "36_hoshino_mio").glob("*.png"))) == 13


def test_a_random_character_comes_from_the_seed(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        call("material", "head-only", "--random", "--seed", seed, "--out", tmp_path / name)
    first, again, other = (
        (tmp_path / name / "36_hoshino_mio" / "001.png").read_bytes() for name in "abc"
    )
    assert first == again != other


def test_wrong_words_are_explained_and_nothing_is_written(tmp_path: Path) -> None:
    result = call("material", "head-only", "--out", tmp_path / "out", "--eye-colour", "gold")
    assert result.exit_code == 2
    assert "eye colour" in result.output
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_regularisation_writes_as_many_as_asked_for(tmp_path: Path) -> None:
    result = call("regularisation", "--count", 5, "--size", 32, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "out" / "1_1girl").glob("*.txt"))) == 5


def test_a_sheet_is_never_written_over(tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    assert call("draw", "--count", 6, "--out", out).exit_code == 0
    with Image.open(out) as sheet:
        assert sheet.size == (3 * 68 + 4, 2 * 68 + 4)
    before = out.read_bytes()
    refused = call("draw", "--count", 6, "--seed", 2, "--out", out)
    assert refused.exit_code == 2
    assert "--overwrite" in refused.output
    assert out.read_bytes() == before
    assert call("draw", "--seed", 2, "--out", out, "--overwrite").exit_code == 0
    assert out.read_bytes() != before


def test_training_refuses_to_replace_what_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    result = call("train-base", "--out", tmp_path / "mine", "--device", "cpu")
    assert result.exit_code == 2
    assert "something else than a model" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_training_of_other_sizes_is_not_gone_on_with(trained: Plan, tmp_path: Path) -> None:
    result = call(
        "train-base", "--out", tmp_path / "model", "--state", trained.state, "--device", "cpu"
    )
    assert result.exit_code == 2
    assert "32 px" in result.output
    assert read_plan(trained.state / PLAN_NAME) == trained


def test_there_is_nothing_to_export_before_training(tmp_path: Path) -> None:
    result = call("train-base", "--out", tmp_path / "model", "--export-only")
    assert result.exit_code == 2
    assert "no training has come as far" in result.output
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_device_is_refused(tmp_path: Path) -> None:
    result = call("train-base", "--out", tmp_path / "model", "--device", "tpu")
    assert result.exit_code == 2
    assert "tpu" in result.output

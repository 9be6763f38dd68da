"""`lora-eval judge` on a folder of drawn pictures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lora_eval.cli import main
from lora_eval.judging.rows import JUDGEMENTS

from .stand_ins import folder_of_pictures

QUICK = ("--clip", "none", "--offline")


def test_a_folder_is_judged_as_its_manifest_says(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path, contenders=("base", "a"), seeds=2)
    result = CliRunner().invoke(main, ["judge", str(tmp_path), *QUICK])
    assert result.exit_code == 0, result.output
    assert "4 pictures judged" in result.output
    assert "floating head:" in result.output
    lines = (tmp_path / JUDGEMENTS).read_text().splitlines()
    assert [len(json.loads(line)["judgements"]) for line in lines] == [13] * 4


def test_an_unreadable_picture_sets_the_exit_status(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path, contenders=("base",), seeds=2)
    (tmp_path / manifest.pictures[0].file).write_bytes(b"no picture")
    result = CliRunner().invoke(main, ["judge", str(tmp_path), *QUICK])
    assert result.exit_code == 3
    assert "1 picture judged" in result.output and manifest.pictures[0].file in result.output


@pytest.mark.parametrize(
    ("options", "option"),
    [(("--training-outfit", "maid"), "--training-outfit"), (("--trait", "red hair"), "--trait")],
)
def test_options_that_contradict_the_manifest_are_refused(
    tmp_path: Path, options: tuple[str, ...], option: str
) -> None:
    folder_of_pictures(tmp_path)
    result = CliRunner().invoke(main, ["judge", str(tmp_path), *options, *QUICK])
    assert result.exit_code == 2
    assert f"- {option}: says" in result.output and "as its manifest says" in result.output
    assert not (tmp_path / JUDGEMENTS).exists()


def test_what_the_manifest_says_anyway_may_be_said(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path, contenders=("base",), seeds=1)
    said = ("--training-outfit", "school_uniform", "--trigger", "mio")
    assert CliRunner().invoke(main, ["judge", str(tmp_path), *said, *QUICK]).exit_code == 0

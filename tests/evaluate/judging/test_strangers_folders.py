"""Judging folders that came from somebody else, have moved, or are worked on by another."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from lora_eval.cli import main
from lora_eval.errors import PicturesError
from lora_eval.judging import batches as batches_module
from lora_eval.judging import judge_folder, read_judged
from lora_eval.judging.rows import JUDGEMENTS
from lora_eval.pictures import read_manifest, write_manifest
from lora_eval.pictures.at_work import at_work
from lora_eval.pictures.files import MANIFEST

from ..pictures.test_foreign import made, put
from .stand_ins import backends, folder_of_pictures, paint

QUICK = ("--clip", "none", "--tagger", "none", "--detector", "paperdoll", "--offline")


def test_judge_and_report_refuse_a_manifest_that_leads_outside(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder_of_pictures(folder, contenders=("base",), seeds=1)
    assert CliRunner().invoke(main, ["judge", str(folder), *QUICK]).exit_code == 0
    paint(tmp_path / "secret.png", (1, 2, 3))
    for file in ("../secret.png", str(tmp_path / "secret.png")):
        values = json.loads((folder / MANIFEST).read_text())
        values["pictures"][0]["file"] = file
        (folder / MANIFEST).write_text(json.dumps(values))
        for command in (["judge", str(folder), *QUICK], ["report", str(folder)]):
            result = CliRunner().invoke(main, command)
            assert result.exit_code == 2 and "outside its folder" in result.output
    assert not (folder / "report.html").exists()


def test_rows_are_not_appended_through_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder_of_pictures(folder, contenders=("base",), seeds=1)
    (tmp_path / "mine").write_text("precious")
    (folder / JUDGEMENTS).symlink_to(tmp_path / "mine")
    judge_folder(folder, backends())
    assert (tmp_path / "mine").read_text() == "precious"
    assert not (folder / JUDGEMENTS).is_symlink()


def test_a_nan_in_a_call_can_be_judged_and_reported(tmp_path: Path) -> None:
    put(tmp_path / "a.png", made("mio <lora:x:nan>, red dress"))
    put(tmp_path / "b.png", made("mio, red dress", seed=2))
    result = CliRunner().invoke(main, ["judge", str(tmp_path), *QUICK])
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(main, ["report", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    assert "1 of 2 pictures may have been made with a LoRA" in result.output


@pytest.mark.parametrize("name", [b"\x83e\x83X.png", b"\x1b]0;x\x07\xff.png"])
def test_a_name_that_is_not_utf8_is_named_and_the_others_judged(
    tmp_path: Path, name: bytes
) -> None:
    folder = tmp_path / os.fsdecode(b"\x83folder")
    put(folder / "1.png", made("mio"))
    put(folder / os.fsdecode(name), made("mio", seed=2))
    for _ in range(2):  # the second time from the manifest
        result = CliRunner().invoke(main, ["judge", str(folder), *QUICK])
        assert result.exit_code == 3, result.output
        assert "1 picture judged" in result.output and "not UTF-8" in result.output
        assert "\x1b" not in result.output
    result = CliRunner().invoke(main, ["report", str(folder)])
    assert result.exit_code == 0, result.output
    for file in ("report.json", "judgements.csv", "report.html"):
        (folder / file).read_bytes().decode("utf-8")


def test_a_training_folder_that_has_moved_leaves_the_rest_judged(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path, contenders=("base", "a"), seeds=1)
    moved = manifest.character.model_copy(update={"training_images": str(tmp_path / "gone")})
    write_manifest(tmp_path, manifest.model_copy(update={"character": moved}))
    with_clip = ["judge", str(tmp_path), "--clip", "paperdoll", "--offline"]
    result = CliRunner().invoke(main, with_clip)
    assert result.exit_code == 0, result.output
    assert "Likeness was not judged" in result.output and "gone" in result.output
    assert "Likeness was not judged" in read_judged(tmp_path).notes[0]
    report = CliRunner().invoke(main, ["report", str(tmp_path), "--json"])
    assert "Likeness was not judged" in report.output


def test_training_pictures_that_have_moved_may_be_given_anew(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path, contenders=("base",), seeds=1)
    (tmp_path / "now").mkdir()
    for gone, exit_code in ((str(tmp_path / "gone"), 0), (str(tmp_path / "pictures"), 2)):
        known = manifest.character.model_copy(update={"training_images": gone})
        write_manifest(tmp_path, manifest.model_copy(update={"character": known}))
        here = ["--training-images", str(tmp_path / "now")]
        result = CliRunner().invoke(main, ["judge", str(tmp_path), *here, *QUICK])
        assert result.exit_code == exit_code, result.output


def test_a_second_one_in_the_folder_is_refused_in_words(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path, contenders=("base",), seeds=1)
    with at_work(tmp_path), pytest.raises(PicturesError, match="Another lora-eval is at work"):
        judge_folder(tmp_path, backends())
    judge_folder(tmp_path, backends())


def test_a_folder_is_made_and_taken_away_where_nothing_came_of_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), at_work(tmp_path / "a" / "new"):
        raise ZeroDivisionError
    assert not (tmp_path / "a" / "new").exists()
    with at_work(tmp_path / "new"):
        assert (tmp_path / "new").is_dir()


def test_a_disk_without_locks_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    entered = 0
    with at_work(tmp_path):
        entered += 1
        with at_work(tmp_path):
            entered += 1
    assert entered == 2


def test_large_pictures_are_judged_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches_module, "MOST_PIXELS", 100)
    folder_of_pictures(tmp_path, contenders=("base",), seeds=1)
    (row,) = judge_folder(tmp_path, backends()).rows
    assert row.judgements and not row.problem


def test_a_pipe_in_place_of_a_picture_is_a_row_with_its_problem(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path, contenders=("base",), seeds=2)
    path = tmp_path / manifest.pictures[0].file
    path.unlink()
    os.mkfifo(path)
    first, second = judge_folder(tmp_path, backends()).rows
    assert "regular file" in first.problem and not second.problem
    assert read_manifest(tmp_path) == manifest

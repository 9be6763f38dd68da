"""Judging a folder: once, to the end, with the same bytes whatever happened on the way."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from lora_eval.detect import Detection
from lora_eval.errors import PicturesError
from lora_eval.judges import JUDGES
from lora_eval.judging import folder as folder_module
from lora_eval.judging import judge_folder, read_judged
from lora_eval.judging.rows import JUDGED_WITH, JUDGEMENTS
from lora_eval.pictures import write_manifest

from .stand_ins import WHOLE, ColourDetector, backends, folder_of_pictures, paint


class Killed(Exception):
    """Stands for a kill signal."""


class DyingDetector(ColourDetector):
    """Looks at so many batches, then the process ends."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.left = batches

    def detect(self, images: Sequence[Image.Image]) -> list[tuple[Detection, ...]]:
        if not self.left:
            raise Killed
        self.left -= 1
        return super().detect(images)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "BATCH", 2)


def written(folder: Path) -> tuple[bytes, bytes]:
    return (folder / JUDGEMENTS).read_bytes(), (folder / JUDGED_WITH).read_bytes()


def test_every_picture_gets_every_judges_answer(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path)
    seen: list[tuple[int, int]] = []
    judged = judge_folder(tmp_path, backends(), on_progress=lambda *each: seen.append(each))
    assert [row.picture for row in judged.rows] == list(manifest.pictures)
    assert all(tuple(each.judge for each in row.judgements) == JUDGES for row in judged.rows)
    outcomes = {row.picture.contender: row.by("floating_head") for row in judged.rows}
    assert {name: each.outcome for name, each in outcomes.items() if each} == {
        "base": "no", "a": "yes", "b": "yes"
    }  # fmt: skip
    assert seen[-1] == (9, 9)
    assert judged.judged_with.detector == "paperdoll" and judged.missing == 0


def test_what_is_read_back_is_what_was_judged(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path)
    assert judge_folder(tmp_path, backends()) == read_judged(tmp_path)


def test_the_base_of_the_same_seed_is_evidence(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path, contenders=("base", "a"))
    for picture in manifest.pictures:  # whole characters, so that an outfit is seen
        colour = WHOLE if picture.contender == "a" or picture.seed else (120, 0, 0)
        paint(tmp_path / picture.file, colour)
    rows = judge_folder(tmp_path, backends()).rows
    leaks = {(row.picture.contender, row.picture.seed): row.by("outfit_leak") for row in rows}
    base = {seed: dict(leaks["a", seed].numbers)["base_training"] for seed in range(3)}  # type: ignore[union-attr]
    assert base == {0: 1.0, 1: 0.0, 2: 0.0}


@pytest.mark.parametrize("batches", range(6))
def test_a_killed_judging_ends_with_the_same_bytes(tmp_path: Path, batches: int) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    folder_of_pictures(whole)
    folder_of_pictures(killed)
    judge_folder(whole, backends())
    with pytest.raises(Killed):
        judge_folder(killed, backends(DyingDetector(batches)))
    with (killed / JUDGEMENTS).open("ab") as file:
        file.write(b'{"picture": {"file": "pictures/a')
    with pytest.raises(PicturesError, match="not"):
        read_judged(killed)
    after = ColourDetector()
    judge_folder(killed, backends(after))
    assert written(killed) == written(whole)
    assert len(after.batches) <= 6 - batches + 2  # the rest, and the base's two as evidence


def test_judging_again_looks_at_nothing(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path)
    judge_folder(tmp_path, backends())
    before, again = written(tmp_path), ColourDetector()
    judge_folder(tmp_path, backends(again))
    assert again.batches == [] and written(tmp_path) == before


def test_only_batches_with_changed_pictures_are_judged_again(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path, seeds=2)
    judge_folder(tmp_path, backends())
    changed = manifest.pictures[-1]
    paint(tmp_path / changed.file, WHOLE)
    again = ColourDetector()
    rows = judge_folder(tmp_path, backends(again)).rows
    last = rows[-1].by("floating_head")
    assert last is not None and last.outcome == "no"
    assert again.batches == [2, 2]  # its own and the base's


def test_a_changed_base_makes_all_be_judged_again(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path, seeds=2)
    judge_folder(tmp_path, backends())
    paint(tmp_path / manifest.pictures[0].file, (90, 0, 0))
    again = ColourDetector()
    judge_folder(tmp_path, backends(again))
    assert len(again.batches) == 3


def test_another_detector_judges_all_again(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path)
    judge_folder(tmp_path, backends())
    again = ColourDetector(version="2")
    judged = judge_folder(tmp_path, backends(again))
    assert sum(again.batches) == 9 and judged.judged_with.detector_version == "2"


def test_an_unreadable_picture_is_a_row_with_its_problem(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path)
    torn, empty = (tmp_path / manifest.pictures[at].file for at in (1, 5))
    torn.write_bytes(torn.read_bytes()[:60])
    empty.write_bytes(b"")
    judged = judge_folder(tmp_path, backends())
    broken = [row for row in judged.rows if row.problem]
    assert [row.picture for row in broken] == [manifest.pictures[1], manifest.pictures[5]]
    assert all(not row.judgements and "picture" in row.problem for row in broken)
    assert len(judged.rows) == 9
    again = ColourDetector()
    judge_folder(tmp_path, backends(again))
    assert again.batches == []


def test_pictures_not_made_yet_are_left_out_and_counted(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path)
    (tmp_path / manifest.pictures[4].file).unlink()
    judged = judge_folder(tmp_path, backends())
    assert (len(judged.rows), judged.missing) == (8, 1)
    assert read_judged(tmp_path).missing == 1


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path)
    shutil.rmtree(tmp_path / "pictures")
    with pytest.raises(PicturesError, match="no pictures to judge"):
        judge_folder(tmp_path, backends())


def test_what_was_not_judged_says_the_command(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path)
    with pytest.raises(PicturesError, match="not been judged yet") as caught:
        read_judged(tmp_path)
    assert "lora-eval judge" in str(caught.value)


def test_other_thresholds_are_refused(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path)
    judge_folder(tmp_path, backends())
    path = tmp_path / JUDGED_WITH
    sha256 = backends().thresholds.sha256
    path.write_text(path.read_text().replace(sha256, "f" * 64))
    with pytest.raises(PicturesError, match="other thresholds"):
        read_judged(tmp_path)


def test_rows_of_another_manifest_are_refused_and_judged_again(tmp_path: Path) -> None:
    manifest = folder_of_pictures(tmp_path)
    judge_folder(tmp_path, backends())
    pictures = [each.model_copy(update={"prompt": "another"}) for each in manifest.pictures]
    write_manifest(tmp_path, manifest.model_copy(update={"pictures": tuple(pictures)}))
    with pytest.raises(PicturesError, match="9 judgements of another manifest"):
        read_judged(tmp_path)
    judge_folder(tmp_path, backends())
    assert len(read_judged(tmp_path).rows) == 9


def test_other_facts_about_the_character_are_refused(tmp_path: Path) -> None:
    folder_of_pictures(tmp_path)
    judge_folder(tmp_path, backends())
    folder_of_pictures(tmp_path, outfits=("maid",))
    with pytest.raises(PicturesError, match="other facts about the character"):
        read_judged(tmp_path)
    again = ColourDetector()
    judge_folder(tmp_path, backends(again))
    assert sum(again.batches) == 9

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lora_wizard.dataset import Dataset, dataset_facts, scan, steps_per_epoch
from lora_wizard.dataset.facts import BucketCount, FolderCount
from lora_wizard.errors import DatasetError
from lora_wizard.recipe import DataSettings

from .conftest import WritePicture


def settings(images: Path, regularisation: Path | None = None, **changes: object) -> DataSettings:
    values = {"resolution": (64, 64), "buckets": False, **changes}
    other = "" if regularisation is None else str(regularisation)
    return DataSettings.model_validate({"images": str(images), "regularisation": other, **values})


def regularised(write_picture: WritePicture, tmp_path: Path, count: int) -> Dataset:
    for name in ("a.png", "b.png"):
        write_picture(f"img/3_riho/{name}", caption="riho, Smile")
    for number in range(count):
        write_picture(f"reg/1_1girl/{number}.png")
    return scan(settings(tmp_path / "img", tmp_path / "reg"))


def test_a_scan_knows_each_picture(tmp_path: Path, write_picture: WritePicture) -> None:
    write_picture("10_riho/b.png", size=(300, 400), caption="riho, smile")
    write_picture("10_riho/a.png", size=(512, 512), mode="RGBA", colour="#00000000")
    write_picture("2_other/c.jpg", size=(1920, 1080))
    dataset = scan(DataSettings(images=str(tmp_path)))
    assert [picture.path.name for picture in dataset.pictures] == ["a.png", "b.png", "c.jpg"]
    first, second, third = dataset.pictures
    assert (first.caption, first.has_alpha, first.bucket) == ("riho", True, (512, 512))
    assert (second.caption, second.repeats, second.folder) == ("riho, smile", 10, 0)
    assert (second.width, second.height, second.bucket) == (300, 400, (448, 576))
    assert (third.repeats, third.folder, third.has_alpha) == (2, 1, False)
    assert [folder.picture_count for folder in dataset.folders] == [2, 1]
    assert dataset.epoch_size(is_regularisation=False) == 22
    assert steps_per_epoch(dataset, batch_size=4) == 3 + 3 + 1
    assert any("1 transparent picture, put on #ffffff" in note for note in dataset.notes)


def test_two_scans_are_equal(tmp_path: Path, write_picture: WritePicture) -> None:
    for number in range(12):
        write_picture(f"1_x/{number}.png", size=(60 + number, 70), caption=str(number))
    assert scan(settings(tmp_path)) == scan(settings(tmp_path))


def test_progress_ends_at_the_number_of_pictures(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    for number in range(3):
        write_picture(f"1_x/{number}.png")
    told: list[tuple[int, int]] = []
    scan(settings(tmp_path), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("count", [1, 4, 6, 9])
def test_regularisation_meets_the_training_count(
    tmp_path: Path, write_picture: WritePicture, count: int
) -> None:
    dataset = regularised(write_picture, tmp_path, count)
    assert dataset.epoch_size(is_regularisation=True) == 6
    assert dataset.epoch_size(is_regularisation=False) == 6
    assert all(picture.repeats > 0 for picture in dataset.pictures)
    assert any("are never used" in note for note in dataset.notes) == (count > 6)


def test_a_leaf_as_regularisation_is_not_silently_nothing(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("img/3_riho/a.png")
    write_picture("reg/1_1girl/b.png")
    dataset = scan(settings(tmp_path / "img", tmp_path / "reg" / "1_1girl"))
    assert [picture.is_regularisation for picture in dataset.pictures] == [False, True]
    assert dataset.pictures[1].repeats == 3


def test_all_unreadable_pictures_are_named_at_once(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("img/1_x/good.png")
    for name in ("empty.png", "text.jpg"):
        (tmp_path / "img/1_x" / name).write_bytes(b"" if "empty" in name else b"hello")
    os.symlink(tmp_path / "gone.png", tmp_path / "img/1_x/link.webp")
    (tmp_path / "reg").mkdir()
    (tmp_path / "reg/torn.png").write_bytes(write_picture("whole.png").read_bytes()[:60])
    with pytest.raises(DatasetError) as caught:
        scan(settings(tmp_path / "img", tmp_path / "reg"))
    names = [Path(problem.where).name for problem in caught.value.problems]
    assert names == ["empty.png", "link.webp", "text.jpg", "torn.png"]
    assert all(name in str(caught.value) for name in names)


def test_problems_of_different_kinds_are_shown_together(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("img/1_x/a.png")
    (tmp_path / "img/1_x/a.txt").write_bytes(b"\xff\xfe\xff")
    (tmp_path / "img/1_x/b.png").write_bytes(b"broken")
    data = settings(
        tmp_path / "img", tmp_path / "missing", buckets=True, bucket_max=4096, bucket_min=256
    )
    with pytest.raises(DatasetError) as caught:
        scan(data)
    text = str(caught.value)
    for words in ("data.regularisation", "data.bucket_min", "not UTF-8", "b.png"):
        assert words in text
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("images", ["img", "img/10_x"])
@pytest.mark.parametrize("regularisation", ["img", "img/10_x"])
def test_regularisation_in_the_training_folder_is_refused(
    tmp_path: Path, write_picture: WritePicture, images: str, regularisation: str
) -> None:
    write_picture("img/10_x/a.png")
    with pytest.raises(DatasetError, match="the character and its opposite at once"):
        scan(settings(tmp_path / images, tmp_path / regularisation))


def test_the_same_folder_behind_a_link_is_refused_too(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("img/10_x/a.png")
    os.symlink(tmp_path / "img", tmp_path / "reg")
    with pytest.raises(DatasetError, match="opposite at once"):
        scan(settings(tmp_path / "img", tmp_path / "reg"))


def test_no_images_given() -> None:
    with pytest.raises(DatasetError, match=r"data\.images: no folder is given"):
        scan(DataSettings())


def test_an_alpha_mask_without_transparency_is_noted(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("1_x/a.png", caption="x")
    (note,) = scan(settings(tmp_path, alpha_mask=True)).notes
    assert "no picture is transparent" in note


def test_pictures_enlarged_in_spite_of_no_upscale_are_noted(
    tmp_path: Path, write_picture: WritePicture
) -> None:
    write_picture("1_x/a.png", size=(40, 200), caption="x")
    write_picture("1_x/b.png", size=(100, 200), caption="x")
    data = settings(tmp_path, resolution=(512, 512), buckets=True, bucket_no_upscale=True)
    (note,) = scan(data).notes
    assert "1 picture narrower than 64 pixels" in note


def test_facts_count_as_other_trainers_do(tmp_path: Path, write_picture: WritePicture) -> None:
    facts = dataset_facts(regularised(write_picture, tmp_path, 9))
    assert (facts.training_pictures, facts.regularisation_pictures) == (6, 9)
    assert facts.training_folders == {"3_riho": FolderCount(repeats=3, pictures=2)}
    assert facts.regularisation_folders == {"1_1girl": FolderCount(repeats=1, pictures=9)}
    assert facts.tag_frequency["3_riho"] == {"riho": 2, "smile": 2}
    assert facts.tag_frequency["1_1girl"] == {"1girl": 6}
    assert facts.buckets == (BucketCount(resolution=(64, 64), count=12),)
    assert facts.mean_aspect_error == 0


def test_the_package_does_not_import_torch() -> None:
    check = "import sys, lora_wizard.dataset; print('torch' in sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", check], check=True, capture_output=True, text=True
    ).stdout
    assert output.strip() == "False"

"""Rules about where pictures lie: each fires on its case, and not on its clean neighbour."""

import os

from lora_wizard.dataset.advice import Level
from tests.dataset_advice.conftest import Material


def test_pictures_too_deep_are_an_error_that_names_the_right_folder(material: Material) -> None:
    material.picture("inner/10_mio/a.png")
    found = material.advice()["wrong_folder"]
    assert found.level == "error"
    assert str(material.images / "inner") in found.what
    material.images = material.images / "inner"
    assert "wrong_folder" not in material.advice()


def test_a_folder_that_is_not_there_is_an_error_and_the_recipe_is_still_judged(
    material: Material,
) -> None:
    material.images = material.images / "nowhere"
    found = material.advice({"network.rank": 1})
    assert set(found) == {"wrong_folder", "rank_one"}


def test_impossible_buckets_are_an_error(material: Material) -> None:
    material.picture("10_mio/a.png")
    assert material.advice({"data.bucket_min": 96})["impossible_buckets"].level == "error"
    assert "impossible_buckets" not in material.advice()


def test_folders_and_pictures_beside_the_numbered_ones_are_told(material: Material) -> None:
    material.picture("10_mio/a.png")
    assert "passed_over" not in material.advice()
    material.picture("more/b.png")
    material.picture("c.png")
    found = material.advice()["passed_over"]
    assert "more/, c.png" in found.what


def test_a_bare_folder_is_taken_as_one_and_said_so(material: Material) -> None:
    material.picture("a.png")
    assert "pictures: 1, repeats: 1" in material.advice()["taken_as_one"].what
    material.picture("10_mio/a.png")
    assert "taken_as_one" not in material.advice()


def test_a_folder_named_by_date_is_an_error_that_asks(material: Material) -> None:
    material.pictures("10_mio", ["mio"])
    assert "folder_names" not in material.advice()
    material.pictures("20240115_mio", ["mio"])
    told = material.advice()["folder_names"]
    assert told.level is Level.ERROR
    assert "20,240,115 repeats of each picture: a date?" in told.what
    assert "wrong_folder" not in material.advice()


def test_repeats_that_may_be_a_year_are_doubted(material: Material) -> None:
    material.pictures("20_mio", ["mio"])
    assert "repeats_perhaps_year" not in material.advice()
    material.pictures("2024_mio", ["mio"])
    assert "2024_mio" in material.advice()["repeats_perhaps_year"].what


def test_pictures_of_kinds_that_are_not_read_are_named(material: Material) -> None:
    material.pictures("10_mio", ["mio"])
    assert "formats_unread" not in material.advice()
    for name in ("x.heic", "y.jxl"):
        (material.images / "10_mio" / name).write_bytes(b"x")
    assert material.advice()["formats_unread"].what == "2, not used: x.heic, y.jxl."


def test_folders_that_are_not_used_are_named(material: Material) -> None:
    material.pictures("10_mio", ["mio"])
    assert "folders_unused" not in material.advice()
    (material.images / "5_empty").mkdir()
    (material.images / "10_mio/old").mkdir()
    assert material.advice()["folders_unused"].what == "2: 5_empty/, 10_mio/old/."


def test_picture_names_that_are_not_utf_8_are_named(material: Material) -> None:
    path = material.picture("10_mio/a.png")
    assert "names_not_utf8" not in material.advice()
    path.rename(os.fsdecode(os.fsencode(path.parent) + b"/\x83.png"))
    told = material.advice()["names_not_utf8"]
    assert told.what.startswith("1: ")

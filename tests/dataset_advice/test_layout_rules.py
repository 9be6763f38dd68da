"""Rules about where pictures lie: each fires on its case, and not on its clean neighbour."""

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

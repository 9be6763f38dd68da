"""Rules about regularisation: each fires on its case, and not on its clean neighbour."""

from tests.dataset_advice.conftest import Material


def test_a_trigger_among_them_is_told(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile"] * 2)
    material.picture("reg:1_girl/a.png", "1girl, smile")
    assert "regularisation_named" not in material.advice()
    material.picture("reg:1_girl/b.png", "1girl, mio")
    assert "mio; captions: 1 (b.png)" in material.advice()["regularisation_named"].what


def test_missing_captions_are_counted(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile"] * 2)
    for name in "ab":
        material.picture(f"reg:1_girl/{name}.png", "1girl")
    assert "regularisation_untagged" not in material.advice()
    for name in "cd":
        material.picture(f"reg:1_girl/{name}.png", None)
    assert "2 of 4" in material.advice()["regularisation_untagged"].what


def test_one_outfit_among_them_is_told_to_leak(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile"] * 2)
    for number, worn in enumerate(("school uniform", "kimono", "school uniform", "dress")):
        material.picture(f"reg:1_girl/{number}.png", f"1girl, {worn}")
    assert "school uniform in 2 of 4" in material.advice()["regularisation_outfit"].what
    material.picture("reg:1_girl/0.png", "1girl, coat")
    assert "regularisation_outfit" not in material.advice()


def test_pictures_that_no_epoch_reaches_are_told(material: Material) -> None:
    material.pictures("2_mio", ["mio, smile"] * 2)
    for number in range(4):
        material.picture(f"reg:1_girl/{number}.png", "1girl")
    assert "regularisation_unused" not in material.advice()
    material.picture("reg:1_girl/4.png", "1girl")
    told = material.advice()["regularisation_unused"]
    assert told.what == "1 of 5: 4.png."
    assert "(4)" in told.why

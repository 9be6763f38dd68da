"""Rules about pixels and crops: each fires on its case, and not on its clean neighbour."""

import shutil

from PIL import Image

from lora_wizard.dataset.advice import crop_previews
from tests.dataset_advice.conftest import Material


def test_damaged_pictures_are_an_error_and_the_others_are_still_judged(material: Material) -> None:
    material.pictures("10_mio", ["mio, 1girl"])
    assert "unreadable" not in material.advice()
    (material.images / "10_mio" / "bad.png").write_bytes(b"no picture")
    found = material.advice()
    assert found["unreadable"].level == "error"
    assert "bad.png" in found["unreadable"].what
    assert "subject_tags_left_in" in found


def test_pictures_enlarged_to_twice_their_size_are_named(material: Material) -> None:
    material.picture("10_mio/a.png", size=(48, 48))
    assert "tiny" not in material.advice()
    material.picture("10_mio/b.png", size=(32, 32))
    found = material.advice()["tiny"]
    assert "up to 2.0 times (smallest 32x32): b.png" in found.what
    assert "tiny" not in material.advice(found.changes)


def test_a_picture_saved_again_is_a_duplicate(material: Material) -> None:
    first = material.picture("10_mio/a.png", size=(256, 256), ground="#203040")
    figure = (100, 100, 140, 160)
    material.picture("10_mio/b.png", size=(256, 256), ground="#203040", figure=figure)
    assert "duplicates" not in material.advice()
    with Image.open(first) as image:
        image.save(material.images / "10_mio" / "c.jpg", quality=95)
    shutil.copy(first, material.images / "10_mio" / "d.png")
    assert "c.jpg = a.png, d.png = a.png" in material.advice()["duplicates"].what


def test_transparent_pictures_are_counted_unless_the_mask_is_on(material: Material) -> None:
    material.picture("10_mio/a.png")
    assert "transparent" not in material.advice()
    material.picture("10_mio/b.png", mode="RGBA", figure=(9, 9, 50, 60))
    found = material.advice()["transparent"]
    assert "1 of 2 (50 %); they are put on #ffffff" in found.what
    assert "transparent" not in material.advice({"data.alpha_mask": "true"})


def test_one_background_everywhere_is_seen_in_the_pixels(material: Material) -> None:
    for number in range(4):
        figure = (20, 20 - number, 40, 60)
        material.picture(f"10_mio/{number}.png", ground="#102030", figure=figure)
    assert "#102030 in 4 of 4" in material.advice()["same_background"].what
    material.picture("10_mio/4.png", ground="#a02030", figure=(20, 20, 40, 60))
    assert "same_background" not in material.advice()


def test_one_background_everywhere_is_read_from_the_tags(material: Material) -> None:
    material.pictures("10_mio", ["mio, pink background"] * 4)
    assert "pink background in 4 of 4" in material.advice()["same_background"].what
    material.pictures("10_mio", ["mio, simple background"] * 4)
    assert "same_background" not in material.advice()


def test_figures_left_and_right_are_told(material: Material) -> None:
    for name, left in (("a", 4), ("b", 22), ("c", 20)):
        material.picture(f"10_mio/{name}.png", ground="white", figure=(left, 4, left + 20, 60))
    assert "left_and_right" not in material.advice()
    material.picture("10_mio/d.png", ground="white", figure=(40, 4, 60, 60))
    found = material.advice()["left_and_right"].what
    assert "Of 4 figures whose place is known 1 stand at the left and 1 at the right" in found


def test_a_head_that_the_crop_cuts_is_told_with_numbers(material: Material) -> None:
    material.picture("10_mio/a.png", size=(40, 240), mode="RGBA", figure=(10, 40, 30, 200))
    assert "heads_cut" not in material.advice()
    material.picture("10_mio/b.png", size=(40, 240), mode="RGBA", figure=(10, 4, 30, 230))
    found = material.advice()["heads_cut"].what
    assert found.startswith("Pictures: 1 (b.png). The worst is b.png: 40x240 becomes 32x128")
    assert "heads_perhaps_cut" not in material.advice()


def test_without_buckets_they_are_offered_first(material: Material) -> None:
    material.picture("10_mio/a.png", size=(48, 80), ground="blue", figure=(20, 2, 44, 79))
    found = material.advice({"data.buckets": "false"})["heads_cut"]
    assert found.changes == {"data.buckets": True}
    assert "heads_cut" not in material.advice(found.changes)


def test_where_the_head_is_unknown_it_is_only_a_hint(material: Material) -> None:
    material.picture("10_mio/a.png", size=(40, 128))
    assert "heads_perhaps_cut" not in material.advice()
    material.picture("10_mio/b.png", size=(40, 240))
    found = material.advice()
    assert found["heads_perhaps_cut"].level == "hint"
    assert "heads_cut" not in found


def test_a_preview_says_what_stays_of_a_picture(material: Material) -> None:
    material.picture("10_mio/a.png", size=(40, 240), mode="RGBA", figure=(10, 4, 29, 229))
    facts = material.facts()
    (crop,) = crop_previews(facts, facts.data)
    assert crop.bucket == (32, 128)
    assert crop.figure == (10, 4, 30, 230)
    assert crop.kept == (0, 40, 40, 200)
    assert crop.head_cut is True


def test_an_animated_picture_is_told(material: Material) -> None:
    material.pictures("10_mio", ["mio"])
    assert "several_frames" not in material.advice()
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    frames[0].save(material.images / "10_mio/a.gif", save_all=True, append_images=frames[1:])
    assert material.advice()["several_frames"].what == "1: a.gif."


def test_an_alpha_mask_without_a_transparent_picture_is_told(material: Material) -> None:
    material.pictures("10_mio", ["mio"])
    assert "alpha_mask_idle" not in material.advice()
    assert (
        "none of the 1 pictures"
        in material.advice({"data.alpha_mask": True})["alpha_mask_idle"].what
    )
    material.heads(1)
    assert "alpha_mask_idle" not in material.advice({"data.alpha_mask": True})

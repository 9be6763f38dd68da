"""Rules about what captions say: each fires on its case, and not on its clean neighbour."""

from lora_wizard.recipe import with_settings
from tests.dataset_advice.conftest import Material


def test_captions_that_do_not_begin_with_the_trigger_are_named(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile", "mio, frown"])
    assert "trigger_not_first" not in material.advice()
    material.pictures("10_mio", ["mio, smile", "mio, frown", "smile, mio"])
    found = material.advice()["trigger_not_first"]
    assert found.what == "1 of 3 captions do not begin with it (mio): 2.png."


def test_the_folders_own_name_is_its_trigger_wherever_it_stands(material: Material) -> None:
    material.pictures("10_hoshino_mio", ["smile, hoshino mio", "smile, hoshino mio"])
    assert material.facts().triggers == {0: "hoshino mio"}
    assert "2 of 2" in material.advice()["trigger_not_first"].what


def test_captions_without_a_common_beginning_have_no_trigger(material: Material) -> None:
    material.pictures("10_mio", ["smile, a", "frown, b", "standing, c"])
    assert "10_mio" in material.advice()["no_trigger"].what
    material.pictures("10_mio", ["star, a", "star, b", "star, c"])
    assert "no_trigger" not in material.advice()


def test_shuffling_without_kept_tags_is_told(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile", "mio, frown"])
    found = material.advice({"data.keep_tokens": 0})["trigger_shuffled"]
    assert found.changes == {"data.keep_tokens": 1}
    assert "trigger_shuffled" not in material.advice()
    off = {"data.keep_tokens": 0, "data.shuffle_captions": "false"}
    assert "trigger_shuffled" not in material.advice(off)


def test_general_tags_belong_in_regularisation_only(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile"])
    material.picture("reg:1_girl/0.png", "1girl, solo")
    assert "subject_tags_left_in" not in material.advice()
    material.pictures("10_mio", ["mio, 1girl, Solo", "mio, smile"])
    assert "1girl, solo in 1 of 2" in material.advice()["subject_tags_left_in"].what


def test_traits_in_every_caption_are_told(material: Material) -> None:
    captions = ["mio, smile, brown hair", "mio, frown, brown hair", "mio, standing, brown hair"]
    material.pictures("10_mio", captions)
    assert "brown hair (in up to 3" in material.advice()["traits_spelled"].what
    material.pictures("10_mio", [*captions[:2], "mio, standing, blue hair"])
    assert "traits_spelled" not in material.advice()


def test_closed_eyes_are_named_and_the_negative_prompt_offered(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile", "mio, frown"])
    assert "closed_eyes" not in material.advice()
    material.pictures("10_mio", ["mio, smile", "mio, closed eyes"])
    found = material.advice()["closed_eyes"]
    assert "1 of 2 pictures: 1.png" in found.what
    negative = found.changes["sampling.negative"]
    assert negative.endswith(", closed eyes")
    settled = with_settings(material.recipe(), {"sampling.negative": negative})
    assert settled.sampling.negative == negative
    assert material.advice({"sampling.negative": negative})["closed_eyes"].changes == {}


def test_several_views_in_one_picture_are_named(material: Material) -> None:
    material.pictures("10_mio", ["mio, smile"])
    assert "several_views" not in material.advice()
    material.pictures("10_mio", ["mio, smile", "mio, multiple views"])
    assert "1.png" in material.advice()["several_views"].what

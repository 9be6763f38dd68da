"""What a drawing shows, and what it does not."""

import random
from dataclasses import replace

from lora_wizard.paperdoll.reader.attributes import (
    ATTRIBUTES,
    UNSEEN,
    scene_truth,
    word_numbers,
)
from lora_wizard.paperdoll.traits import random_scene


def test_a_close_up_has_no_outfit_hair_style_or_background() -> None:
    scene = replace(random_scene(random.Random(1)), framing="close-up")
    truth = scene_truth(scene)
    assert truth["kind"] == "close-up"
    assert truth["hair_colour"] == scene.character.hair_colour
    assert not {"outfit", "hair_style", "background"} & truth.keys()


def test_closed_eyes_have_no_colour() -> None:
    scene = replace(random_scene(random.Random(2)), expression="closed eyes", framing="portrait")
    assert scene_truth(scene)["eye_colour"] == "closed"


def test_a_mannequin_is_no_one_and_has_no_hair() -> None:
    truth = scene_truth(random_scene(random.Random(3), subject="mannequin"))
    assert truth["kind"] == "no one"
    assert "hair_colour" not in truth
    assert "outfit" in truth


def test_a_head_alone_floats_and_has_no_framing() -> None:
    truth = scene_truth(random_scene(random.Random(4), subject="head"))
    assert truth["kind"] == "floating head"
    assert not {"framing", "outfit"} & truth.keys()


def test_views_may_look_different_so_their_eyes_are_not_read() -> None:
    truth = scene_truth(random_scene(random.Random(5), subject="multiple views"))
    assert truth["kind"] == "multiple"
    assert "eye_colour" not in truth


def test_word_numbers_leave_gaps_for_what_is_not_seen() -> None:
    numbers = word_numbers([{"kind": "broken"}, {"kind": "whole", "hair_colour": "brown"}])
    names = list(ATTRIBUTES)
    assert numbers.shape == (2, len(names))
    assert (numbers[0] != UNSEEN).sum() == 1
    assert numbers[1, names.index("hair_colour")] == ATTRIBUTES["hair_colour"].index("brown")


def test_a_portrait_cuts_off_tails_and_buns() -> None:
    scene = replace(random_scene(random.Random(6)), framing="portrait")
    for style, seen in (("ponytail", False), ("hair bun", False), ("long hair", True)):
        who = replace(scene.character, hair_style=style, ornament="")
        assert ("hair_style" in scene_truth(replace(scene, character=who))) is seen


def test_a_crown_hides_a_bun_but_not_a_braid() -> None:
    scene = replace(random_scene(random.Random(7)), framing="full body")
    for style, seen in (("hair bun", False), ("single braid", True)):
        who = replace(scene.character, hair_style=style, ornament="crown")
        assert ("hair_style" in scene_truth(replace(scene, character=who))) is seen

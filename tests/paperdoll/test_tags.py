"""Tags and captions of scenes: only what is seen, and all of it found again."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.paperdoll.tags import outfit_tags, scene_tags, shuffled_caption
from lora_wizard.paperdoll.traits import Scene, random_scene
from lora_wizard.paperdoll.vocabulary import TAG_GROUPS, groups_of

SUBJECTS = ("one", "head", "mannequin", "multiple views", "twins")
ALL_TAGS = [tag for group in TAG_GROUPS for tag in group]


def scenes() -> st.SearchStrategy[Scene]:
    return st.builds(
        lambda seed, subject: random_scene(random.Random(seed), subject=subject),
        st.integers(0, 10**6),
        st.sampled_from(SUBJECTS),
    )


@given(scenes(), st.integers(0, 10**6))
def test_the_groups_of_a_caption_are_the_tags_of_its_scene(scene: Scene, seed: int) -> None:
    tags = scene_tags(scene)
    caption = shuffled_caption(tags, random.Random(seed))
    found = [
        TAG_GROUPS[group][number - 1]
        for group, number in enumerate(groups_of(caption))
        if number > 0
    ]
    # One word may be both an outfit and its garment (`kimono`); as a tag it stands once.
    assert sorted(found) == sorted(tags)


def test_no_tag_is_in_two_groups() -> None:
    assert len(ALL_TAGS) == len(set(ALL_TAGS))


def test_words_that_are_no_tags_belong_to_no_group() -> None:
    assert groups_of("hoshino mio, miocloth") == [0] * len(TAG_GROUPS)
    assert groups_of("") == [0] * len(TAG_GROUPS)


@given(scenes())
def test_only_what_is_seen_is_tagged(scene: Scene) -> None:
    tags = scene_tags(scene)
    eyes = f"{scene.character.eye_colour} eyes"
    if scene.subject == "mannequin":
        assert not any(tag.endswith((" hair", " eyes")) for tag in tags)
    elif scene.expression == "closed eyes":
        assert eyes not in tags
    else:
        assert eyes in tags
    close = scene.subject == "head" or scene.framing == "close-up"
    assert set(outfit_tags(scene.outfit)).isdisjoint(tags) == close


@given(scenes(), st.integers(0, 10**6))
def test_shuffling_keeps_the_first_tag_and_drops_only_others(scene: Scene, seed: int) -> None:
    tags = scene_tags(scene)
    shuffled = shuffled_caption(tags, random.Random(seed), drop=0.5).split(", ")
    assert shuffled[0] == tags[0]
    assert set(shuffled) <= set(tags)
    assert len(shuffled) == len(set(shuffled))

"""What the base model learns from: never a held-out combination, never a floating head."""

from __future__ import annotations

import random
from itertools import islice

import pytest
import torch

from lora_wizard.paperdoll.base.corpus import (
    SUBJECTS,
    draw_all,
    face_weights,
    is_held_out,
    stack,
    to_signed,
    training_caption,
    training_scene,
    unseen_scene,
)
from lora_wizard.paperdoll.base.feed import drawn_in_order, fresh_drawings
from lora_wizard.paperdoll.tags import scene_tags


def test_held_out_combinations_are_never_trained_on() -> None:
    rng = random.Random(1)
    scenes = [training_scene(rng) for _ in range(4000)]
    assert not any(is_held_out(scene) for scene in scenes)
    assert {scene.subject for scene in scenes} == set(SUBJECTS)


def test_no_training_scene_is_a_head_alone() -> None:
    assert "head" not in SUBJECTS


def test_unseen_scenes_are_held_out_and_show_one_character() -> None:
    rng = random.Random(2)
    scenes = [unseen_scene(rng) for _ in range(300)]
    assert all(is_held_out(scene) and scene.subject == "one" for scene in scenes)
    hair = {scene.character.hair_colour for scene in scenes}
    outfits = {scene.outfit.kind for scene in scenes}
    assert (len(hair), len(outfits)) == (12, 9)


def test_a_training_caption_holds_tags_of_its_scene_and_words_that_mean_nothing() -> None:
    rng = random.Random(3)
    strange = 0
    for _ in range(200):
        scene = training_scene(rng)
        tags = training_caption(scene, rng, ["gribble"]).split(", ")
        assert tags[0] == scene_tags(scene)[0]
        others = set(tags) - set(scene_tags(scene))
        assert others <= {"gribble", "gribble gribble"}
        strange += bool(others)
    assert 50 < strange < 150


def test_drawings_become_pictures_between_minus_one_and_one() -> None:
    rng = random.Random(4)
    drawings = draw_all([training_scene(rng) for _ in range(3)], size=32, seed=1)
    pictures = to_signed(stack(drawings))
    assert pictures.shape == (3, 3, 32, 32)
    assert -1 <= pictures.min() < -0.2 < 0.2 < pictures.max() <= 1


def test_faces_weigh_more_than_the_rest() -> None:
    rng = random.Random(5)
    drawings = draw_all([unseen_scene(rng) for _ in range(4)], size=32, seed=1)
    weights = face_weights(drawings, extra=3.0)
    assert weights.shape == (4, 1, 32, 32)
    assert set(weights.unique().tolist()) == {1.0, 4.0}
    for drawing, weight in zip(drawings, weights[:, 0], strict=True):
        face = drawing.figures[0].face
        assert face is not None
        across, upper = (face[0] + face[2]) / 2, face[1] + (face[3] - face[1]) / 3
        assert weight[int(upper * 32), int(across * 32)] == 4


def test_fresh_drawings_are_the_same_from_the_same_seed_and_never_repeat() -> None:
    first, again, other = (list(islice(fresh_drawings(16, 4, seed=seed), 2)) for seed in (1, 1, 2))
    assert torch.equal(first[0][0], again[0][0])
    assert not torch.equal(first[0][0], first[1][0])
    assert not torch.equal(first[0][0], other[0][0])
    assert first[0][0].dtype == torch.uint8
    assert first[0][1].shape == (4, 1, 16, 16)


# From Python 3.12 on a fork beside threads warns; those that draw ahead touch no thread's lock.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_drawing_ahead_in_other_processes_keeps_the_order() -> None:
    rng = random.Random(6)
    scenes = [training_scene(rng) for _ in range(150)]
    here, there = (list(drawn_in_order(scenes, 16, seed=7, drawers=drawers)) for drawers in (0, 2))
    assert [len(part) for part in here] == [100, 50]
    assert all(torch.equal(a, b) for a, b in zip(here, there, strict=True))

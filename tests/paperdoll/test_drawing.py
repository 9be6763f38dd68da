"""Drawings: the same from the same seed, every word of the vocabulary, and their truth."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lora_wizard.paperdoll.draw import Box, Drawing, draw
from lora_wizard.paperdoll.traits import (
    BACKGROUNDS,
    BANGS,
    EXPRESSIONS,
    EYE_COLOURS,
    FRAMINGS,
    HAIR_COLOURS,
    HAIR_STYLES,
    ORNAMENT_COLOURS,
    ORNAMENTS,
    OUTFITS,
    PLAIN_COLOURS,
    POSES,
    SKINS,
    Character,
    Outfit,
    Scene,
    random_scene,
)

PLAIN = Scene(Character("brown", "short hair", "parted bangs", "green"), Outfit("hoodie", "grey"))
SUBJECTS = ("one", "head", "mannequin", "multiple views", "twins")


def scenes() -> st.SearchStrategy[Scene]:
    return st.builds(
        lambda seed, subject: random_scene(random.Random(seed), subject=subject),
        st.integers(0, 10**6),
        st.sampled_from(SUBJECTS),
    )


def of_character(**traits: object) -> Scene:
    return replace(PLAIN, character=replace(PLAIN.character, **traits))  # type: ignore[arg-type]


def every_word() -> Iterator[Scene]:
    yield from (of_character(hair_colour=word) for word in HAIR_COLOURS)
    yield from (of_character(hair_style=word) for word in HAIR_STYLES)
    yield from (of_character(bangs=word) for word in BANGS)
    yield from (of_character(eye_colour=word) for word in EYE_COLOURS)
    yield from (
        of_character(ornament=word, ornament_colour=colour)
        for word in ORNAMENTS
        if word
        for colour in (("red",) if word in ("crown", "cat ears", "glasses") else ORNAMENT_COLOURS)
    )
    yield from (of_character(skin=number) for number in range(len(SKINS)))
    yield from (replace(PLAIN, expression=word) for word in EXPRESSIONS)
    yield from (replace(PLAIN, pose=word) for word in POSES)
    yield from (replace(PLAIN, framing=word) for word in FRAMINGS)
    yield from (replace(PLAIN, background=word) for word in BACKGROUNDS)
    yield from (replace(PLAIN, background_colour=word) for word in PLAIN_COLOURS)
    yield from (
        replace(PLAIN, outfit=Outfit(kind, colour))
        for kind, colours in OUTFITS.items()
        for colour in colours
    )
    yield from (replace(PLAIN, subject=word) for word in SUBJECTS)


def pixels(drawing: Drawing) -> np.ndarray:
    return np.asarray(drawing.image)


@given(scenes(), st.integers(0, 2**31))
def test_the_same_scene_and_seed_give_the_same_picture_and_truth(scene: Scene, seed: int) -> None:
    first, second = (draw(scene, size=32, seed=seed) for _ in range(2))
    assert first.figures == second.figures
    assert np.array_equal(pixels(first), pixels(second))


def test_another_seed_places_the_figure_elsewhere() -> None:
    first, second = (pixels(draw(PLAIN, size=64, seed=seed)) for seed in (1, 2))
    assert not np.array_equal(first, second)


def test_every_word_of_the_vocabulary_shows_in_the_picture() -> None:
    drawn = {pixels(draw(scene, size=64, seed=3)).tobytes() for scene in every_word()}
    plain = sum(scene == PLAIN for scene in every_word())
    assert len(drawn) == sum(1 for _ in every_word()) - plain + 1


def test_every_trait_of_a_character_has_a_word_drawn_above() -> None:
    drawn = [scene.character for scene in every_word()]
    for field in fields(Character):
        assert len({getattr(character, field.name) for character in drawn}) > 1, field.name


@pytest.mark.parametrize("size", [16, 33, 64, 96])
def test_pictures_have_the_size_that_was_asked_for(size: int) -> None:
    assert draw(PLAIN, size=size, seed=1).image.size == (size, size)
    assert draw(PLAIN, size=size, seed=1).image.mode == "RGB"
    assert draw(PLAIN, size=size, seed=1, transparent=True).image.mode == "RGBA"


def boxes(drawing: Drawing) -> list[Box]:
    parts = [part for each in drawing.figures for part in (each.head, each.face, each.body)]
    return [part for part in parts if part is not None]


@given(scenes(), st.integers(0, 2**31))
def test_boxes_lie_inside_the_picture(scene: Scene, seed: int) -> None:
    for left, top, right, bottom in boxes(draw(scene, size=16, seed=seed)):
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


@given(scenes(), st.integers(0, 2**31))
def test_boxes_are_there_for_what_the_subject_shows(scene: Scene, seed: int) -> None:
    figures = draw(scene, size=16, seed=seed).figures
    counts = {"multiple views": (2, 3), "twins": (2,)}
    assert len(figures) in counts.get(scene.subject, (1,))
    for figure in figures:
        assert (figure.head is None) == (scene.subject == "mannequin")
        assert (figure.face is None) == (scene.subject == "mannequin")
        if scene.subject == "head":
            assert figure.body is None
        elif scene.framing in ("full body", "cowboy shot", "upper body"):
            assert figure.body is not None


@given(scenes(), st.integers(0, 2**31))
def test_a_face_lies_in_its_head(scene: Scene, seed: int) -> None:
    for figure in draw(scene, size=16, seed=seed).figures:
        if figure.head is not None and figure.face is not None:
            assert figure.head[0] <= figure.face[0]
            assert figure.face[2] <= figure.head[2]


@given(st.integers(0, 10**6), st.integers(0, 2**31))
def test_a_cut_out_head_has_nothing_below_its_chin(chosen: int, seed: int) -> None:
    scene = random_scene(random.Random(chosen), subject="head")
    drawing = draw(scene, size=64, seed=seed, transparent=True)
    face = drawing.figures[0].face
    assert face is not None
    alpha = pixels(drawing)[..., 3]
    chin = round(face[3] * 64)
    assert alpha[: chin + 1].max() == 255
    assert alpha[chin + 4 :].max(initial=0) == 0


def test_around_a_cut_out_head_all_is_transparent() -> None:
    scene = replace(PLAIN, subject="head")
    alpha = pixels(draw(scene, size=64, seed=5, transparent=True))[..., 3]
    edges = (alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1])
    assert all(edge.max() == 0 for edge in edges)
    assert alpha.max() == 255
    assert 0 < ((alpha > 0) & (alpha < 255)).mean() < 0.1  # smooth edges, and only edges


def test_nothing_of_the_background_shows_through_a_transparent_picture() -> None:
    drawn = [
        pixels(draw(replace(PLAIN, background=word), size=32, seed=4, transparent=True))
        for word in BACKGROUNDS
    ]
    assert all(np.array_equal(drawn[0], other) for other in drawn)

"""Shares of pictures that obey, from readings made by hand, and from a tiny base."""

import random
from dataclasses import replace

import pytest

from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, scene_truth
from lora_wizard.paperdoll.reader.obeying import check, obeyed_shares
from lora_wizard.paperdoll.reader.reading import Reading
from lora_wizard.paperdoll.traits import Scene, random_scene


def reading_of(scene: Scene) -> Reading:
    """A reading without a mistake; what cannot be seen gets its attribute's first word."""
    words = {name: known[0] for name, known in ATTRIBUTES.items()} | scene_truth(scene)
    return Reading(**words, probabilities=dict.fromkeys(ATTRIBUTES, 1.0), floating=0.0)


@pytest.fixture
def scenes() -> list[Scene]:
    rng = random.Random(6)
    return [random_scene(rng) for _ in range(20)]


def test_perfect_pictures_obey_in_everything(scenes: list[Scene]) -> None:
    shares = obeyed_shares(scenes, [reading_of(scene) for scene in scenes])
    assert all(shares[name].value == 1 for name in ("hair_colour", "outfit", "framing"))
    assert shares["exactly one"].value == 1
    assert shares["broken"].count == shares["floating head"].count == 0


def test_only_what_the_scene_shows_is_counted(scenes: list[Scene]) -> None:
    shares = obeyed_shares(scenes, [reading_of(scene) for scene in scenes])
    with_outfit = [scene for scene in scenes if scene.framing != "close-up"]
    assert shares["hair_colour"].total == 20
    assert shares["outfit"].total == len(with_outfit) < 20


def test_a_broken_picture_obeys_nothing(scenes: list[Scene]) -> None:
    reading = replace(reading_of(scenes[0]), kind="broken")
    assert not any(word.obeyed for word in check(scenes[0], reading).values())


def test_a_wrong_colour_is_counted_and_named(scenes: list[Scene]) -> None:
    scene = replace(scenes[0], character=replace(scenes[0].character, hair_colour="red"))
    word = check(scene, replace(reading_of(scene), hair_colour="pink"))["hair_colour"]
    assert (word.wanted, word.read, word.obeyed) == ("red", "pink", False)


def test_closed_eyes_are_counted_apart_from_colours(scenes: list[Scene]) -> None:
    shares = obeyed_shares(scenes, [reading_of(scene) for scene in scenes])
    closed = sum(scene.expression == "closed eyes" for scene in scenes)
    assert shares["closed_eyes"].total == closed
    assert shares["eye_colour"].total == len(scenes) - closed

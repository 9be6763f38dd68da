"""The reader that comes with the package, on drawings that it never saw."""

import random
from dataclasses import replace

import numpy as np
import pytest

from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.reader import Reader, load_reader
from lora_wizard.paperdoll.reader.accuracy import accuracy
from lora_wizard.paperdoll.reader.obeying import measure_character
from lora_wizard.paperdoll.reader.pictures import make_pictures
from lora_wizard.paperdoll.reader.reading import SHIPPED_READER
from lora_wizard.paperdoll.traits import Character, random_scene

SEED = 424_242


@pytest.fixture(scope="module")
def shipped() -> Reader:
    return load_reader()


def test_it_reads_hair_and_eyes_of_fresh_drawings(shipped: Reader) -> None:
    pictures = make_pictures(100, seed=SEED, only="one")
    found = accuracy(shipped.read_pixels(pictures.pixels), pictures)
    assert found["hair_colour"].value >= 0.95
    assert found["eye_colour"].value >= 0.95
    assert found["outfit"].value >= 0.9
    assert found["framing"].value >= 0.95


def test_it_tells_floating_heads_from_close_ups_and_whole_characters(shipped: Reader) -> None:
    heads, cut_outs = (
        shipped.read_pixels(make_pictures(40, seed=SEED, only=maker).pixels)
        for maker in ("floating heads", "head cut-out")
    )
    faces, one = (
        shipped.read_pixels(make_pictures(40, seed=SEED, only=maker).pixels)
        for maker in ("face", "one")
    )
    floating = [reading.kind == "floating head" for reading in heads + cut_outs]
    assert np.mean(floating) >= 0.95
    assert not any(reading.kind == "floating head" for reading in faces + one)
    assert all(reading.floating > 0.5 for reading in cut_outs if reading.kind == "floating head")


def test_it_tells_broken_pictures_from_good_ones(shipped: Reader) -> None:
    broken = shipped.read_pixels(make_pictures(40, seed=SEED, only="broken").pixels)
    good = shipped.read_pixels(make_pictures(40, seed=SEED + 1, only="one").pixels)
    assert np.mean([reading.kind == "broken" for reading in broken]) >= 0.85
    assert not any(reading.kind == "broken" for reading in good)


def test_a_character_is_found_in_her_own_pictures_and_not_in_others(shipped: Reader) -> None:
    her = Character("aqua", "twin braids", "blunt bangs", "red", "crown")
    rng = random.Random(SEED)
    scenes = [replace(random_scene(rng), framing="upper body") for _ in range(20)]
    own = [
        draw(replace(scene, character=her), size=64, seed=number).image
        for number, scene in enumerate(scenes)
    ]
    other = [draw(scene, size=64, seed=number).image for number, scene in enumerate(scenes)]
    found, missed = (measure_character(images, her, shipped) for images in (own, other))
    assert found["likeness"].value >= 0.9
    assert missed["likeness"].value < 0.4
    assert found["exactly one"].value == 1
    assert found["floating head"].count == 0


def test_larger_pictures_are_read_alike(shipped: Reader) -> None:
    scene = replace(random_scene(random.Random(SEED)), framing="cowboy shot")
    small, large = (shipped.read([draw(scene, size=size, seed=1).image])[0] for size in (64, 128))
    assert (small.hair_colour, small.outfit) == (large.hair_colour, large.outfit)


def test_it_is_small_enough_to_ship() -> None:
    assert SHIPPED_READER.stat().st_size < 2_000_000

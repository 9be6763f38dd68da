"""Measurements: known pictures give known numbers, and no picture makes them fail."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lora_eval.detect import Box, Detection
from lora_eval.evidence import Found
from lora_eval.measure import measure_pixels
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.traits import random_scene


def plain(colour: tuple[int, int, int], size: tuple[int, int] = (96, 96)) -> Image.Image:
    return Image.new("RGB", size, colour)


def found(*detections: Detection) -> Found:
    return Found("test", frozenset({"head", "face", "body"}), False, detections)


def test_noise_is_told_from_a_drawing() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    noise = measure_pixels(Image.fromarray(pixels))
    drawing = measure_pixels(draw(random_scene(random.Random(1)), size=64, seed=1).image)
    assert noise.noise_sigma > 60 > 10 > drawing.noise_sigma
    assert noise.high_frequency > 0.6 > 0.25 > drawing.high_frequency
    assert noise.hue_entropy_bits > 5 > drawing.hue_entropy_bits


def test_one_colour_is_all_of_a_plain_picture() -> None:
    facts = measure_pixels(plain((10, 10, 10)))
    assert (facts.one_colour, facts.border_flat, facts.saturated) == (1, 1, 0)


def test_a_joint_of_two_pictures_is_a_seam_and_a_picture_has_none() -> None:
    joined = Image.new("RGB", (160, 80), (250, 240, 230))
    joined.paste(plain((40, 90, 160), (80, 80)), (80, 0))
    facts = measure_pixels(joined)
    assert facts.seam_share == 1
    assert facts.seam_ratio > 4
    assert facts.seam is not None
    assert facts.seam.left < 0.5 < facts.seam.right
    scenes = [replace(random_scene(random.Random(n)), background="ocean") for n in range(12)]
    for number, scene in enumerate(scenes):
        one = measure_pixels(draw(scene, size=128, seed=number).image)
        assert not (one.seam_share >= 0.7 and one.seam_ratio >= 4)


def test_a_level_joint_counts_only_between_two_faces() -> None:
    joined = Image.new("RGB", (80, 160), (250, 240, 230))
    joined.paste(plain((40, 90, 160), (80, 80)), (0, 80))
    faces = [Detection("face", Box(0.3, top, 0.6, top + 0.2), 0.9) for top in (0.1, 0.6)]
    assert measure_pixels(joined).seam_share < 0.7
    assert measure_pixels(joined, found(*faces)).seam_share == 1


def test_what_lies_below_a_face_is_measured() -> None:
    image = plain((255, 255, 255), (100, 200))
    face = Detection("face", Box(0.3, 0.1, 0.7, 0.3), 0.9)
    (empty,) = measure_pixels(image, found(face)).below
    assert empty.room == pytest.approx(3.5)
    assert empty.occupied == 0
    image.paste((60, 60, 200), (20, 60, 80, 200))
    (full,) = measure_pixels(image, found(face)).below
    assert full.occupied == 1


def test_the_colour_of_hair_is_that_of_the_head_without_the_face() -> None:
    image = plain((255, 255, 255), (100, 100))
    image.paste((200, 30, 30), (20, 20, 80, 70))
    image.paste((250, 220, 200), (35, 40, 65, 70))
    head = Detection("head", Box(0.2, 0.2, 0.8, 0.7), 0.9)
    face = Detection("face", Box(0.35, 0.4, 0.65, 0.7), 0.9)
    colour = measure_pixels(image, found(head, face)).hair_lab
    assert colour is not None
    assert colour[1] > 40  # red
    assert measure_pixels(image, found(face)).hair_lab is None


@given(
    st.integers(1, 40), st.integers(1, 40), st.sampled_from(["RGB", "L", "RGBA", "P", "1"]),
    st.integers(0, 2**16),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_no_size_or_mode_makes_it_fail(width: int, height: int, mode: str, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)
    image = Image.fromarray(pixels).convert("RGB" if mode in ("P", "1") else "RGBA").convert(mode)
    face = Detection("face", Box(0.0, 0.0, 1.0, 0.5), 0.5)
    facts = measure_pixels(image, found(face))
    shares = (facts.one_colour, facts.border_flat, facts.saturated, facts.high_frequency)
    assert all(0 <= share <= 1 for share in shares)

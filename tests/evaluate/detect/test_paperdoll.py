"""The paperdoll detector: finds what is drawn, and tells a head without a body from one with."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file

from lora_eval.detect import Box, Detector, open_detector
from lora_eval.detect.paperdoll.accuracy import measured
from lora_eval.detect.paperdoll.network import PARTS
from lora_eval.detect.paperdoll.scenes import MIXTURE, make_scenes
from lora_eval.detect.paperdoll.targets import decode, targets
from lora_eval.errors import DetectorError
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.traits import random_scene

SEED = 424_242


@pytest.fixture(scope="module")
def detector() -> Detector:
    return open_detector("paperdoll")


def test_drawn_heads_faces_and_bodies_are_found(detector: Detector) -> None:
    pixels, truths = make_scenes(150, seed=SEED)
    found = detector.detect([Image.fromarray(each) for each in pixels])
    numbers = measured(found, truths)
    assert min(numbers[f"{part} recall"] for part in PARTS) > 0.93
    assert min(numbers[f"{part} precision"] for part in PARTS) > 0.9
    assert numbers["heads counted"] > 0.88


def test_a_floating_head_has_no_body_and_a_girl_has_one(detector: Detector) -> None:
    for kind, wanted in (("floating", False), ("one", True)):
        pixels, truths = make_scenes(40, seed=SEED, only=kind)
        found = detector.detect([Image.fromarray(each) for each in pixels])
        # Close-ups show no body: the truth knows it.
        right = [
            any(each.part == "body" for each in seen) == any(part == "body" for part, _ in truth)
            for seen, truth in zip(found, truths, strict=True)
        ]
        assert any(part == "body" for truth in truths for part, _ in truth) is wanted
        assert np.mean(right) > 0.9


def test_boxes_of_a_wide_picture_are_shares_of_it(detector: Detector) -> None:
    square = draw(random_scene(random.Random(3)), size=128, seed=3).image.convert("RGB")
    wide = Image.new("RGB", (256, 128), (128, 128, 128))
    wide.paste(square, (64, 0))
    (alone,), (beside,) = detector.detect([square]), detector.detect([wide])
    head = next(each.box for each in alone if each.part == "head")
    moved = next(each.box for each in beside if each.part == "head")
    assert moved.left == pytest.approx(0.25 + head.left / 2, abs=0.05)
    assert moved.top == pytest.approx(head.top, abs=0.08)


def test_nothing_is_found_where_nothing_is(detector: Detector) -> None:
    (found,) = detector.detect([Image.new("RGB", (64, 64), (90, 120, 200))])
    assert [each for each in found if each.score >= 0.5] == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PARTS), st.floats(0.05, 0.6), st.floats(0.05, 0.6),
            st.floats(0.12, 0.35), st.floats(0.12, 0.35),
        ),
        min_size=1, max_size=1,
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_what_is_asked_of_the_network_reads_back_as_the_same_boxes(
    things: list[tuple[str, float, float, float, float]],
) -> None:
    truth = tuple(
        (next(part for part in PARTS if part == name), Box(x, y, x + width, y + height))
        for name, x, y, width, height in things
    )
    heat, sides, _ = targets([truth])
    (found,) = decode(torch.where(heat == 1, heat, heat * 0.5), sides, 0.9)
    assert [each.part for each in found] == [part for part, _ in truth]
    for each, (_, box) in zip(found, truth, strict=True):
        assert tuple(each.box) == pytest.approx(tuple(box), abs=1e-5)


@pytest.mark.parametrize("kind", list(MIXTURE))
def test_every_kind_of_drawing_has_boxes_inside_the_picture(kind: str) -> None:
    _, truths = make_scenes(6, seed=1, only=kind)
    for truth in truths:
        for _, box in truth:
            assert 0 <= box.left < box.right <= 1
            assert 0 <= box.top < box.bottom <= 1


def test_other_weights_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(DetectorError, match="no paperdoll detector"):
        open_detector("paperdoll", weights=path)
    path.write_bytes(b"torn")
    with pytest.raises(DetectorError, match="cannot be read"):
        open_detector("paperdoll", weights=path)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(DetectorError, match="Did you mean paperdoll"):
        open_detector("paperdol")

"""Likeness by heads, measured against the training pictures' own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lora_eval.clip import TrainingLooks, measure_likeness, training_looks
from lora_eval.clip.likeness import leave_one_out
from lora_eval.detect.detector import Detection, Part
from lora_eval.errors import PicturesError
from tests.evaluate.clip.known import BOX, coloured, found, known_clip


class HeadsUnlessBlue:
    """Finds one head in the upper middle of every picture that is not blue."""

    name = "known"
    version = "1"
    parts: frozenset[Part] = frozenset(("head",))
    bodies_include_heads = False

    def detect(self, images: Sequence[Image.Image]) -> list[tuple[Detection, ...]]:
        corners = [image.convert("RGB").getpixel((0, image.height - 1)) for image in images]
        head = (Detection("head", BOX, 0.9),)
        return [() if corner == (0, 0, 255) else head for corner in corners]


def looks(tmp_path: Path, *pictures: Image.Image) -> TrainingLooks:
    for number, picture in enumerate(pictures):
        picture.save(tmp_path / f"{number}.png")
    return training_looks(known_clip(), tmp_path, HeadsUnlessBlue())


def test_each_row_is_compared_with_all_others_but_itself() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1]], dtype=np.float32)
    np.testing.assert_allclose(leave_one_out(rows), [0.5, 0.5, 0.0], atol=1e-6)


def test_the_own_likeness_is_the_training_pictures_to_one_another(tmp_path: Path) -> None:
    training = looks(tmp_path, coloured("red"), coloured("red"), coloured("lime"))
    np.testing.assert_allclose(sorted(training.own), [0, 0.5, 0.5], atol=1e-4)
    images = [coloured("red"), coloured("lime")]
    red, green = measure_likeness(known_clip(), images, [found("head")] * 2, training)
    assert red is not None and green is not None
    assert red.value == pytest.approx(2 / 3, abs=1e-4)
    assert green.value == pytest.approx(1 / 3, abs=1e-4)
    assert red.own_median == pytest.approx(0.5, abs=1e-4)
    assert red.own_low == pytest.approx(0.05, abs=1e-4)


def test_a_picture_without_a_head_has_no_likeness(tmp_path: Path) -> None:
    training = looks(tmp_path, *[coloured("red")] * 3)
    images = [coloured("red"), coloured("red"), coloured("red")]
    answers = measure_likeness(known_clip(), images, [found("body"), None, found("face")], training)
    assert answers[:2] == [None, None]
    assert answers[2] is not None and answers[2].value == pytest.approx(1, abs=1e-4)


def test_only_the_head_counts(tmp_path: Path) -> None:
    training = looks(tmp_path, *[coloured("red")] * 3)
    clothed = coloured("lime")
    clothed.paste("red", (2, 0, 14, 10))
    answer = measure_likeness(known_clip(), [clothed], [found("head")], training)[0]
    assert answer is not None and answer.value > 0.99


def test_transparent_training_pictures_are_seen_on_white(tmp_path: Path) -> None:
    nothing = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    training = looks(tmp_path, nothing, coloured("white"), coloured("white"))
    np.testing.assert_allclose(training.own, 1, atol=1e-4)


def test_mannequins_have_no_say(tmp_path: Path) -> None:
    training = looks(tmp_path, *[coloured("red")] * 3, coloured("blue"))
    assert len(training.embeddings) == 3


def test_too_few_heads_are_refused_with_their_number(tmp_path: Path) -> None:
    with pytest.raises(PicturesError, match="2 pictures with a head among 3"):
        looks(tmp_path, coloured("red"), coloured("red"), coloured("blue"))

"""animeface: only after it has found a face that is there."""

from collections.abc import Sequence
from types import SimpleNamespace

import pytest
from PIL import Image

from lora_eval.detect import open_detector
from lora_eval.detect.animeface import AnimefaceDetector, known_face, self_test
from lora_eval.errors import DetectorError

pytest.importorskip("animeface")


def test_the_drawn_face_is_found_where_it_is() -> None:
    detector = open_detector("animeface")
    (found,) = detector.detect([known_face()])
    assert [each.part for each in found] == ["face"]
    assert found[0].box.left < 0.5 < found[0].box.right


def test_a_library_that_silently_finds_nothing_is_refused() -> None:
    def nothing(image: Image.Image) -> Sequence[object]:
        return []

    with pytest.raises(DetectorError, match="does not find a face that is there"):
        self_test(AnimefaceDetector(SimpleNamespace(detect=nothing)))


def test_a_picture_without_a_face_has_none() -> None:
    detector = open_detector("animeface")
    assert detector.detect([Image.new("RGB", (300, 200), (40, 90, 60))]) == [()]

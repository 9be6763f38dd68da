"""Boxes: one thing is found once, and shares stay shares."""

from hypothesis import given
from hypothesis import strategies as st

from lora_eval.detect import Box, Detection
from lora_eval.detect.boxes import inside, without_doubles

SIDES = st.floats(-2, 3, allow_nan=False)


def test_the_surest_of_overlapping_boxes_stays() -> None:
    weak = Detection("head", Box(0.1, 0.1, 0.5, 0.5), 0.4)
    sure = Detection("head", Box(0.12, 0.1, 0.5, 0.5), 0.9)
    other = Detection("face", Box(0.1, 0.1, 0.5, 0.5), 0.3)
    assert without_doubles([weak, sure, other], 0.5) == (sure, other)


@given(SIDES, SIDES, SIDES, SIDES)
def test_a_box_never_leaves_the_picture(a: float, b: float, c: float, d: float) -> None:
    box = inside(a, b, c, d)
    assert 0 <= box.left <= box.right <= 1
    assert 0 <= box.top <= box.bottom <= 1


def test_overlap_is_the_shared_part_of_both() -> None:
    first, second = Box(0, 0, 0.5, 1), Box(0.25, 0, 0.75, 1)
    assert first.overlap(second) == 0.25 / 0.75
    assert first.overlap(Box(0.6, 0, 0.9, 1)) == 0

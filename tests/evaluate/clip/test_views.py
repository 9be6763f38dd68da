"""What of a picture is shown to CLIP."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lora_eval.clip.heads import FACE_MARGIN, MARGIN, cut_head, head_box
from lora_eval.clip.views import GREY, clothes_view
from lora_eval.detect.detector import Box, Detection
from tests.evaluate.clip.known import BOX, coloured, found

EDGES = st.floats(0, 1)


def test_the_face_is_greyed_out_and_the_rest_kept() -> None:
    view = clothes_view(coloured("red"), found("face"))
    assert view is not None and view.size == (16, 16)
    assert view.getpixel((8, 4)) == GREY
    assert view.getpixel((8, 12)) == (255, 0, 0)


def test_the_body_is_cut_out_where_one_was_found() -> None:
    seen = found("face")
    body = Detection("body", Box(0.25, 0.5, 0.75, 1.0), 0.8)
    view = clothes_view(coloured("red", 100), replace(seen, detections=(*seen.detections, body)))
    assert view is not None
    assert view.size == (58, 54)  # 8 % wider on every side that has room


def test_a_speck_of_a_body_is_not_cut_out() -> None:
    view = clothes_view(coloured("red"), found("body", box=Box(0.4, 0.4, 0.5, 0.5)))
    assert view is not None and view.size == (16, 16)


def test_without_face_and_body_there_is_no_view_of_clothes() -> None:
    assert clothes_view(coloured("red"), None) is None
    assert clothes_view(coloured("red"), found("head")) is None


def test_a_face_stands_in_for_a_head_with_a_wider_margin() -> None:
    assert head_box(found("face", "head")) == (BOX, MARGIN)
    assert head_box(found("face")) == (BOX, FACE_MARGIN)
    assert head_box(found("body")) is None
    assert head_box(None) is None


@given(EDGES, EDGES, EDGES, EDGES, st.integers(1, 90), st.integers(1, 90))
def test_a_head_is_always_cut_as_a_square_of_the_picture(
    left: float, top: float, right: float, bottom: float, width: int, height: int
) -> None:
    box = (min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    cut = cut_head(Image.new("RGB", (width, height)), box)
    assert cut.width == cut.height
    assert 1 <= cut.width <= min(width, height)


@pytest.mark.parametrize("corner", [(0.0, 0.0), (0.8, 0.8)])
def test_a_head_at_the_border_is_shown_whole(corner: tuple[float, float]) -> None:
    picture = Image.new("RGB", (100, 100), "white")
    x, y = corner
    picture.paste("red", (round(x * 100), round(y * 100), round(x * 100) + 20, round(y * 100) + 20))
    cut = cut_head(picture, (x, y, x + 0.2, y + 0.2))
    red = (np.asarray(cut) == (255, 0, 0)).all(axis=-1)
    assert red.sum() == 400

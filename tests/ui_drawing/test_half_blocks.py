"""Pictures as half blocks keep shape and colours, and stay in their room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.style import Style

from lora_wizard.ui.drawing import picture_rows, side_by_side


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 60), st.integers(1, 30))
def test_a_picture_stays_in_its_room(w: int, h: int, width: int, height: int) -> None:
    rows = picture_rows(Image.new("RGB", (w, h), "red"), width, height)
    assert 1 <= len(rows) <= height
    assert all(row.cell_len <= width for row in rows)


def test_two_pixels_share_a_character() -> None:
    picture = Image.new("RGB", (2, 2), (200, 0, 0))
    picture.putpixel((0, 1), (0, 0, 200))
    (row,) = picture_rows(picture, 2, 1)
    style = row.spans[0].style if row.spans else row.style
    assert row.plain.startswith("▀")
    assert isinstance(style, Style) and style.color is not None and style.bgcolor is not None
    assert style.color.get_truecolor() == (200, 0, 0)
    assert style.bgcolor.get_truecolor() == (0, 0, 200)


def test_pictures_stand_side_by_side_with_a_gap() -> None:
    drawn = [picture_rows(Image.new("RGB", (8, 8), colour), 8, 4) for colour in ("red", "blue")]
    rows = side_by_side(drawn, gap=2)
    assert len(rows) == 4 and {row.cell_len for row in rows} == {18}

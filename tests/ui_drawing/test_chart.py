"""The chart stays in its room, shows every loss, and says which are beyond it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lora_wizard.runs.summary import smoothed
from lora_wizard.ui.drawing import ChartLook, render_bar, render_chart
from lora_wizard.ui.drawing.chart import smoothed_line

LOSSES = st.lists(st.floats(1e-4, 10.0), min_size=1, max_size=300)


def numbered(losses: list[float]) -> list[tuple[int, float]]:
    return list(enumerate(losses, start=1))


@example([1.2e308], 1, 1, False, False)
@example([1.2e308, -1.2e308, 0.1], 80, 20, False, False)
@given(
    LOSSES | st.lists(st.floats(), max_size=60),
    st.integers(1, 130),
    st.integers(1, 50),
    st.booleans(),
    st.booleans(),
)
def test_it_is_never_larger_than_its_room(
    losses: list[float], width: int, height: int, logarithmic: bool, ascii: bool
) -> None:
    look = ChartLook(logarithmic=logarithmic, ascii=ascii)
    rows = render_chart(numbered(losses), width, height, look=look)
    assert len(rows) == height
    assert all(row.cell_len <= width for row in rows)
    if ascii:
        assert all(row.plain.isascii() for row in rows)


@given(LOSSES)
def test_the_line_ends_at_the_number_that_is_shown(losses: list[float]) -> None:
    end = smoothed_line(losses, 0.98)[-1]
    assert end == pytest.approx(smoothed(losses))


def test_a_spike_is_marked_and_does_not_flatten_the_curve() -> None:
    calm = [0.1 + 0.02 * math.sin(step) for step in range(200)]
    look = ChartLook(ascii=True, decay=0.0)
    before = [row.plain for row in render_chart(numbered(calm), 80, 20, look=look)]
    spiked = render_chart(numbered([*calm[:100], 50.0, *calm[101:]]), 80, 20, look=look)
    plain = [row.plain for row in spiked]
    assert "^" in "".join(plain) and "^" not in "".join(before)
    drawn = [sum("." in row for row in rows[:-2]) for rows in (before, plain)]
    assert drawn[1] >= drawn[0] / 2


def test_what_is_no_number_is_marked() -> None:
    losses = [*[0.1] * 20, math.nan, *[0.1] * 20]
    assert "!" in "".join(row.plain for row in render_chart(numbered(losses), 60, 12))


def test_falling_losses_fall_on_the_chart() -> None:
    losses = [1.0 - step / 120 for step in range(100)]
    rows = render_chart(numbered(losses), 60, 14, look=ChartLook(ascii=True, decay=0.0))
    places = [row.plain[6:].find(".") for row in rows[:-2]]
    found = [place for place in places if place >= 0]
    assert found == sorted(found) and len(found) > 8


@given(st.floats(0, 200), st.integers(0, 60), st.booleans())
def test_a_bar_fills_its_room_and_no_more(done: float, width: int, ascii: bool) -> None:
    bar = render_bar(done, 100, width, ascii=ascii)
    assert len(bar) == width
    if ascii:
        assert bar.isascii()
    if width >= 3 and done >= 100:
        assert set(bar) <= set("█#[]")


def test_pictures_held_out_have_a_line_of_their_own() -> None:
    losses = numbered([0.1] * 100)
    look = ChartLook(ascii=True, decay=0)
    held_out = [(0, 0.3), (100, 0.2)]
    rows = render_chart(losses, 60, 12, total=100, look=look, held_out=held_out)
    drawn = [row.plain for row in rows]
    assert all(drawn[row].count("o") <= 60 for row in range(12))
    columns = {place for row in drawn for place, letter in enumerate(row) if letter == "o"}
    assert len(columns) >= 50  # from the first step to the last
    first = next(row for row, words in enumerate(drawn) if "o" in words)
    dots = next(row for row, words in enumerate(drawn) if ".." in words)
    assert first < dots  # higher is more
    without = render_chart(losses, 60, 12, look=look)
    assert not any("o" in row.plain for row in without)


def test_the_scale_follows_the_smoothed_line_and_not_the_single_losses() -> None:
    chance = np.random.default_rng(1)
    losses = [
        (step, 0.10 + 0.04 * np.exp(-step / 300) + float(chance.exponential(0.05)))
        for step in range(1, 1501)
    ]
    smooth = smoothed_line([loss for _, loss in losses], 0.98)[75:]
    rows = render_chart(losses, 80, 24, look=ChartLook(decay=0.98))
    named = [float(row.plain.split("┤")[0]) for row in rows if "┤" in row.plain]
    reach = float(smooth.max() - smooth.min())
    assert max(named) - min(named) < 4 * reach < max(loss for _, loss in losses)
    height = sum(any("yellow" in str(span.style) for span in row.spans) for row in rows)
    assert height >= 6


def test_the_smoothed_line_is_drawn_as_fine_as_the_dots() -> None:
    losses = [(step, 1 - step / 400) for step in range(1, 401)]
    rows = render_chart(losses, 80, 24, look=ChartLook(decay=0.9))
    drawn = {
        character
        for row in rows
        for span in row.spans
        if "bright_yellow" in str(span.style)
        for character in row.plain[span.start : span.end]
    }
    assert len(drawn) > 3 and all(0x2800 < ord(character) < 0x2900 for character in drawn)

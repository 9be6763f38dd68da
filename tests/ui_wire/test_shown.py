"""Whatever is put, the bytes sent make a terminal show just that; and only changes are sent."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from lora_wizard.output import steering
from lora_wizard.ui.wire.gate import TextGate
from lora_wizard.ui.wire.pacing import Pacing
from lora_wizard.ui.wire.pen import Looks
from lora_wizard.ui.wire.shown import Shown
from tests.terminal_model import TerminalModel

COLUMNS, ROWS = 12, 3
STYLES = [None, *map(Style.parse, ("red", "bold red", "on blue", "white on #102030", "dim"))]
PUTS = st.tuples(
    st.integers(0, COLUMNS - 1),
    st.integers(0, ROWS - 1),
    st.text("ab ─あ漢", min_size=1, max_size=8),
    st.sampled_from(STYLES),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(PUTS, max_size=5), min_size=1, max_size=6), st.sampled_from([None, 1, 40]))
def test_a_terminal_shows_what_was_put(
    frames: list[list[tuple[int, int, str, Style | None]]], most: int | None
) -> None:
    shown, screen = Shown(Looks(ColorSystem.TRUECOLOR)), TerminalModel(COLUMNS, ROWS, blank="?")
    shown.resize(COLUMNS, ROWS)
    for frame in frames:
        for x, y, text, style in frame:
            shown.put(x, y, [Segment(text.replace("\0", ""), style)])
        while shown.is_changed:
            screen.feed(shown.changes(most))
        wanted = [[cell[0] for cell in row] for row in shown._wanted]
        for row, expected in zip(screen.rows, wanted, strict=True):
            if all(cell < "\u3000" for cell in expected):
                assert row == expected


def test_what_is_put_again_is_not_sent_again() -> None:
    shown = Shown(Looks(ColorSystem.TRUECOLOR))
    shown.resize(COLUMNS, ROWS)
    shown.put(0, 1, [Segment("loss 0.1234", Style.parse("red"))])
    assert "loss" in shown.changes()
    shown.put(0, 1, [Segment("loss 0.1234", Style.parse("red"))])
    assert shown.changes() == ""
    shown.put(0, 1, [Segment("loss 0.1235", Style.parse("red"))])
    assert shown.changes() == "\x1b[2;11H\x1b[31m5\x1b[m"
    shown.forget()
    assert "loss 0.1235" in shown.changes()


def test_no_steering_character_passes_the_gate_and_columns_stay() -> None:
    hostile = "a\x1b[2Jb\x9bc\u202ed\x07e\u2066f\x7fg        "
    gate = TextGate()
    cleaned = gate.apply([Segment(hostile)], Color(0, 0, 0))
    words = "".join(segment.text for segment in cleaned)
    assert not steering.search(words) and "�[2J" in words


def test_frames_are_ascii_where_asked() -> None:
    gate = TextGate(ascii=True, encoding="iso-8859-1")
    assert gate.clean("──┤█ é 漢") == "--+# é ??"


def test_nothing_more_is_sent_until_the_terminal_has_drawn_a_large_piece() -> None:
    pacing = Pacing(True)
    assert pacing.sent(5000, 0.0) and pacing.wait(0.1) > 0
    pacing.answered(0.5)
    assert pacing.wait(0.5) == 0 and pacing.room is not None
    slow = pacing.room
    for number in range(8):
        pacing.sent(slow, number * 10.0)
        pacing.answered(number * 10.0 + 0.5)
    assert pacing.room is not None and pacing.room <= slow


def test_a_terminal_that_never_answers_gets_everything_at_once() -> None:
    pacing = Pacing(True)
    pacing.sent(5000, 0.0)
    assert pacing.wait(2.0) == 0 and pacing.room is None
    assert not pacing.sent(5000, 3.0)

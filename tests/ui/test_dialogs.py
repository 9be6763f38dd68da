"""Dialogs give what was answered, by each of their keys, and fit on the smallest terminal."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from lora_wizard.language import Language
from lora_wizard.ui.dialogs import ConfirmDialog, HelpScreen, InputDialog, TextDialog
from lora_wizard.ui.settings import UiSettings

from .frame import FrameApp

SIZES = [(60, 16), (80, 24), (120, 40)]


def confirm(**options: bool) -> ConfirmDialog:
    return ConfirmDialog("Stop?", "It saves first.", "Stop", "Go on", **options)


@pytest.mark.parametrize(
    ("keys", "careful", "answer"),
    [
        (("y",), False, True),
        (("n",), False, False),
        (("escape",), False, False),
        (("enter",), False, True),
        (("enter",), True, False),
        (("left", "enter"), True, True),
        (("right", "enter"), False, False),
        (("tab", "enter"), False, False),
    ],
)
async def test_a_question_is_answered_by_letters_and_by_enter(
    keys: tuple[str, ...], careful: bool, answer: bool
) -> None:
    app = FrameApp(confirm(careful=careful))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
    assert app.given == [answer]


def name_problem(name: str) -> str | None:
    return "It has a slash." if "/" in name else None


async def test_a_line_is_taken_once_nothing_is_wrong_with_it() -> None:
    app = FrameApp(InputDialog("Name", "What is it called?", "a/b", name_problem))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.given == []
        assert str(app.screen.query_one(".problem", Static).content) == "It has a slash."
        await pilot.press("backspace", "backspace")
        assert str(app.screen.query_one(".problem", Static).content) == ""
        await pilot.press("enter")
        await pilot.pause()
    assert app.given == ["a"]


async def test_letters_go_into_the_line_and_esc_leaves_without_one() -> None:
    app = FrameApp(InputDialog("Name", "What is it called?"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("y", "q", "question_mark")
        assert app.screen.query_one(Input).value == "yq?"
        await pilot.press("escape")
        await pilot.pause()
    assert app.given == [None]


@pytest.mark.parametrize("key", ["escape", "enter", "q"])
async def test_a_text_is_left_by_each_of_its_keys(key: str) -> None:
    app = FrameApp(TextDialog("Log", "[not markup] line\n" * 50, at_end=True))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.screen.query_one("#scroll").scroll_offset.y > 0
        await pilot.press(key)
        await pilot.pause()
    assert app.given == [None]


@pytest.mark.parametrize("key", ["escape", "f1", "question_mark", "enter", "q"])
async def test_help_is_left_by_the_key_that_opened_it(key: str) -> None:
    app = FrameApp(HelpScreen("Rank", "How **much** it can hold.", [("F1", "help")]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        await pilot.pause()
    assert app.given == [None]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("ascii", [True, False])
async def test_every_dialog_lies_inside_the_terminal(
    size: tuple[int, int], language: Language, ascii: bool
) -> None:
    settings = UiSettings(language=language, ascii=ascii)
    for dialog in (
        confirm(),
        InputDialog("Name", "long words " * 30),
        TextDialog("Log", "line\n" * 100),
        HelpScreen("Help", "# Heading\n\n" + "word " * 400, [("F1", "help")] * 9),
    ):
        app = FrameApp(dialog, settings)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            assert_inside(pilot, size)


def assert_inside(pilot: Pilot[Any], size: tuple[int, int]) -> None:
    region = pilot.app.screen.query_one(".dialog").region
    assert region.x >= 0 and region.y >= 0
    assert region.right <= size[0] and region.bottom <= size[1]
    assert region.height >= 5

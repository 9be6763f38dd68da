"""What Textual says by itself, and what is shown in every language."""

from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot
from textual.widgets import Input

from lora_wizard.language import LANGUAGES, Language, catalogue
from lora_wizard.runs.words import duration_words
from lora_wizard.ui.app import WizardApp
from lora_wizard.ui.base import WizardDialog, WizardScreen
from lora_wizard.ui.dialogs.help import _unbroken
from lora_wizard.ui.settings import UiSettings

ROW = 19
"""Cells for a setting's name in the review of a terminal of 80 columns."""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WizardApp:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return WizardApp(UiSettings(language="ja", root=tmp_path))


async def settled(pilot: Pilot[Any]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_the_palette_asks_in_japanese_and_says_so_when_nothing_fits(app: WizardApp) -> None:
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert isinstance(app.screen, CommandPalette)
        assert app.screen.query_one(Input).placeholder == "コマンドを検索…"
        await pilot.press(*"zzzz")
        for _ in range(50):
            await pilot.pause(0.05)
            found = app.screen.query_one(CommandList)
            if found.option_count and "該当する" in str(found.get_option_at_index(0).prompt):
                return
    raise AssertionError("nothing was said")


async def test_ctrl_c_says_in_japanese_how_to_leave(app: WizardApp) -> None:
    async with app.run_test(notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("ctrl+c")
        await pilot.pause()
        said = [note.message for note in app._notifications]
        assert any("ctrl+q" in words and "学習はそのまま" in words for words in said)


@pytest.mark.parametrize(
    ("seconds", "english", "japanese"),
    [
        (0, "0 s", "0 秒"),
        (-5, "0 s", "0 秒"),
        (59.4, "59 s", "59 秒"),
        (59.5, "1 min", "1 分"),
        (3599, "1 h", "1 時間"),
        (3660, "1 h 1 min", "1 時間 1 分"),
        (47 * 3600, "47 h", "47 時間"),
        (48 * 3600, "2 days", "2 日"),
        (49 * 3600, "2 days 1 h", "2 日 1 時間"),
        (float("nan"), "an unknown time", "不明な時間"),
    ],
)
def test_times_have_their_units_in_each_language(
    seconds: float, english: str, japanese: str
) -> None:
    assert duration_words(seconds) == english
    assert duration_words(seconds, "ja") == japanese


def test_a_line_break_between_japanese_characters_is_no_space() -> None:
    assert _unbroken("これは\n一文です。\n\n次\nthe end") == "これは一文です。\n\n次\nthe end"
    assert _unbroken("one\ntwo") == "one\ntwo"


def screens() -> list[type[WizardScreen[Any] | WizardDialog[Any]]]:
    found: list[Any] = []
    waiting: list[Any] = [WizardScreen, WizardDialog]
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one.KEYS and one.__module__.startswith("lora_wizard."):
            found.append(one)
    return sorted(found, key=lambda one: str(one.__name__))


NAMES = {"escape": "esc", "enter": "⏎", "left": "←", "right": "→", "down": "↓", "up": "↑"}
"""How the footer names keys."""


def test_every_japanese_footer_fits_sixty_columns() -> None:
    assert len(screens()) > 5
    for screen in screens():
        width = 0
        for key in screen.KEYS:
            if key.show and key.action != "resume":  # which stands in the place of `stop`
                area, _, rest = key.words.partition(".")
                name = key.keys.split(",")[0]
                words = catalogue(area, "ja")[rest]
                width += cell_len(key.shown or NAMES.get(name, name)) + cell_len(words) + 3
        assert width <= 60, (screen.__name__, width)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_name_of_every_setting_fits_its_column(language: Language) -> None:
    for key, words in catalogue("wizard", language).items():
        if key.startswith("row."):
            assert cell_len(words) <= ROW, key

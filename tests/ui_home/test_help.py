"""`?` and F1 open help on every screen and dialog; in a line of text `?` is a character."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.text import Text
from textual.screen import Screen
from textual.widgets import Input, Static

from lora_wizard.interchange import read_foreign
from lora_wizard.language import LANGUAGES, Language
from lora_wizard.ui.app import WizardApp
from lora_wizard.ui.dialogs import (
    AdviceDialog,
    ChooseDialog,
    ConfirmDialog,
    HelpScreen,
    InputDialog,
    TextDialog,
)
from lora_wizard.ui.home.importing import ImportScreen
from lora_wizard.ui.home.presets import PresetsScreen
from lora_wizard.ui.settings import UiSettings

FILE = Path(__file__).parents[1] / "interchange" / "files" / "derrian_2023_january.json"

SHOWN: dict[str, Callable[[], Screen[Any]]] = {
    "presets": PresetsScreen,
    "import": lambda: ImportScreen(str(FILE), read_foreign(FILE, language="en")),
    "confirm": lambda: ConfirmDialog("Stop?", "It saves first.", "Stop", "Go on"),
    "choose": lambda: ChooseDialog("Which?", "Several run.", [("a", "mira"), ("b", "kasumi")]),
    "text": lambda: TextDialog("That did not work", "There is no such file."),
    "advice": lambda: AdviceDialog("What your pictures say", Text("Nothing.")),
}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Language], WizardApp]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return lambda language: WizardApp(UiSettings(language=language, root=tmp_path / "runs"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["question_mark", "f1"])
@pytest.mark.parametrize("name", SHOWN)
async def test_help_opens_and_closes_again(
    app: Callable[[Language], WizardApp], name: str, key: str, language: Language
) -> None:
    async with app(language).run_test(size=(60, 16)) as pilot:
        screen = SHOWN[name]()
        await pilot.app.push_screen(screen)
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        keys = {one for one, _ in screen.key_table()}  # type: ignore[attr-defined]
        assert any("F1" in one for one in keys)
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_in_a_line_of_text_only_f1_opens_help(
    app: Callable[[Language], WizardApp],
) -> None:
    async with app("en").run_test(size=(60, 16)) as pilot:
        screen = InputDialog("Name", "What is it called?", "mira")
        await pilot.app.push_screen(screen)
        await pilot.pause()
        await pilot.press("question_mark")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert screen.query_one(Input).value == "mira?"
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        assert pilot.app.screen.query(Static)

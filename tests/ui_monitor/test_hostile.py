"""Names, notes and events of other people's runs steer no terminal and are no markup."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from lora_wizard.output import steering
from lora_wizard.runs import Failed, Note, Sample
from lora_wizard.ui.app import WizardApp
from lora_wizard.ui.dialogs import ChooseDialog, ConfirmDialog, HelpScreen, TextDialog
from lora_wizard.ui.settings import UiSettings

from .runs import BEGUN, make_run, steps
from .test_monitor import own_state as own_state
from .test_monitor import settled, until, watching, words

HOSTILE = "\x1b]0;x\x07\x9b2J\u202e\u2066"
NAMES = ["a[red]b", "[bold", "\x1b]0;x\x07[red]", "\x9b2J[@click=quit]x", "\u202e[b]"]
PLAIN = ("[red]", "[bold", "[red]", "[@click=quit]", "[b]")


def assert_harmless(shown: str) -> None:
    assert not steering.search(shown.replace("\n", ""))


def shows(pilot: Pilot[None], expected: str) -> bool:
    return expected in words(pilot)


@pytest.mark.parametrize(("name", "plain"), zip(NAMES, PLAIN, strict=True))
async def test_names_of_runs_are_shown_as_they_are(tmp_path: Path, name: str, plain: str) -> None:
    folder = make_run(tmp_path / name, BEGUN, *steps(40))
    async with watching(folder) as pilot:
        assert plain in words(pilot)
        assert_harmless(words(pilot))
        await pilot.press("escape")
        await settled(pilot)
        await until(pilot, lambda: plain in words(pilot))
        assert_harmless(words(pilot))


async def test_notes_errors_and_prompts_are_shown_as_they_are(tmp_path: Path) -> None:
    note = Note("warning", f"note [red]{HOSTILE}[/]")
    sample = Sample(10, f"prompt [/]{HOSTILE}[red]", "samples/none.png")
    failed = Failed(f"error [/]{HOSTILE}[red]", "", f"trace [/]{HOSTILE}")
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40), note, sample, failed)
    folder.console_path.write_text(f"printed [/] {HOSTILE}\n")
    async with watching(folder, (120, 40)) as pilot:
        assert "note [red]" in words(pilot) and "error [/]" in words(pilot)
        assert_harmless(words(pilot))
        for key, expected in (("t", "printed [/]"), ("g", "prompt [/]")):
            await pilot.press(key)
            await settled(pilot)
            await until(pilot, partial(shows, pilot, expected))
            assert_harmless(words(pilot))
            await pilot.press("escape")
            await settled(pilot)


async def test_titles_and_notices_are_no_markup(tmp_path: Path) -> None:
    app = WizardApp(UiSettings(root=tmp_path))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.notify("body [/] [red]", title="head [red]")
        await until(pilot, lambda: "body [/] [red]" in words(pilot))
        assert "head [red]" in words(pilot)
        for dialog in (
            TextDialog("title [/] [red]", "body"),
            ConfirmDialog("title [/] [red]", "body", "yes", "no"),
            ChooseDialog("title [/] [red]", "body", [("a", "one [/]")]),
            HelpScreen("title [/] [red]", "body", []),
        ):
            app.push_screen(dialog)
            await until(pilot, lambda: "title [/] [red]" in words(pilot))
            app.pop_screen()
            await settled(pilot)

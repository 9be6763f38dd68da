"""Beside and after a training: which run, what comes next, and the way back to the answers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from textual.widgets import OptionList

from lora_wizard.language import LANGUAGES, Language
from lora_wizard.queue import QueueFolder
from lora_wizard.queue import add as add_to_queue
from lora_wizard.runs import Failed, Finished
from lora_wizard.ui.app import Opening, WizardApp
from lora_wizard.ui.dialogs import ChooseDialog, TextDialog
from lora_wizard.ui.home import HomeScreen
from lora_wizard.ui.monitor import MonitorScreen
from lora_wizard.ui.settings import UiSettings
from lora_wizard.ui.wizard import ReviewScreen

from .runs import BEGUN, make_run, steps
from .test_monitor import own_state as own_state
from .test_monitor import settled, until, watching, words


async def test_with_two_runs_the_list_is_offered_and_the_chosen_one_opened(tmp_path: Path) -> None:
    folders = tuple(make_run(tmp_path / name, BEGUN, *steps(40)) for name in ("[red]a", "mira"))
    app = WizardApp(UiSettings(root=tmp_path), Opening(monitors=folders))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, ChooseDialog)
        assert "[red]a" in words(pilot) and "mira" in words(pilot)
        await pilot.press("down", "enter")
        await settled(pilot)
        assert isinstance(app.screen, MonitorScreen) and app.screen.folder == folders[1]


async def test_leaving_the_list_shows_the_first_screen(tmp_path: Path) -> None:
    folders = tuple(make_run(tmp_path / name, BEGUN, *steps(40)) for name in ("a", "b"))
    app = WizardApp(UiSettings(root=tmp_path), Opening(monitors=folders))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(app.screen, HomeScreen)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_finished_run_says_what_comes_next(tmp_path: Path, language: Language) -> None:
    end = Finished("mira.safetensors", 100, 50.0)
    folder = make_run(tmp_path / language, BEGUN, *steps(40), end)
    async with watching(folder, (120, 40), language=language) as pilot:
        seen = words(pilot)
        for expected in (
            f"lora-wizard sample --lora {language}/mira.safetensors",
            f"lora-eval run --lora {language}/mira.safetensors",
            "models/Lora",
            "models/loras",
        ):
            assert expected in seen


async def test_a_failed_run_leads_back_to_its_answers(tmp_path: Path) -> None:
    failed = Failed("CUDA out of memory", "", "Traceback: there")
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40), failed)
    async with watching(folder) as pilot:
        assert "a Answers" in words(pilot)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, ReviewScreen))


async def test_a_deleted_run_is_said_to_be_gone(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40))
    async with watching(folder) as pilot:
        shutil.rmtree(folder.path)
        await until(pilot, lambda: isinstance(pilot.app.screen, TextDialog))
        await until(pilot, lambda: "moved" in words(pilot))


async def test_a_queued_run_is_called_queued(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira")
    make_run(tmp_path / "yuki")
    add_to_queue(QueueFolder.of_root(tmp_path), folder, now=0.0)
    async with watching(folder) as pilot:
        assert "queued" in words(pilot)
        await pilot.press("escape")
        await settled(pilot)
        lines = words(pilot).splitlines()
        assert any("mira" in line and "queued" in line for line in lines)
        assert any("yuki" in line and "never started" in line for line in lines)
        assert pilot.app.screen.query_one("#entries", OptionList).option_count

"""The monitor: every state is named, every key does what it says, nothing of the past is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from lora_wizard.language import LANGUAGES, Language
from lora_wizard.runs import Checkpoint, Event, Failed, Finished, RunFolder, Stopped
from lora_wizard.ui.app import Opening, WizardApp
from lora_wizard.ui.dialogs import ConfirmDialog, HelpScreen, TextDialog
from lora_wizard.ui.home import HomeScreen
from lora_wizard.ui.monitor import MonitorScreen, SamplesScreen
from lora_wizard.ui.monitor.chart_view import LossChart
from lora_wizard.ui.settings import UiSettings

from .runs import BEGUN, WARNING, add, make_run, steps, trained

SIZE = (80, 24)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


@asynccontextmanager
async def watching(
    folder: RunFolder,
    size: tuple[int, int] = SIZE,
    *,
    language: Language = "en",
    ascii: bool = False,
) -> AsyncIterator[Pilot[None]]:
    """The app as `lora-wizard attach` opens it."""
    pictures: Literal["half", "off"] = "off" if ascii else "half"
    settings = UiSettings(language, ascii, root=folder.path.parent, pictures=pictures)
    app = WizardApp(settings, Opening(monitors=(folder,)))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield pilot


def words(pilot: Pilot[None]) -> str:
    """Everything that is on the screen, as characters."""
    screen = pilot.app.screen
    lines = screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in line) for line in lines)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    for _ in range(200):
        if condition():
            return
        await pilot.pause(0.05)
    raise AssertionError(words(pilot))


async def test_a_run_that_trains_shows_how_far_it_is(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40), WARNING)
    with trained(folder):
        async with watching(folder) as pilot:
            seen = words(pilot)
            for expected in ("mira", "running", "40 of 100", "40 %", "0.50 s/step", "left"):
                assert expected in seen
            assert "3 captions are too long" in seen and "Warning" in seen
            add(folder, *steps(20, first=41))
            await until(pilot, lambda: "60 of 100" in words(pilot))


async def test_attaching_again_shows_the_whole_curve(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(90))
    async with watching(folder) as pilot:
        first = pilot.app.screen.query_one(LossChart).rows
    async with watching(folder) as pilot:
        again = pilot.app.screen.query_one(LossChart).rows
        assert [row.plain for row in first] == [row.plain for row in again]
        assert any("0" in row.plain for row in again)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_end_is_named_and_says_what_to_do(tmp_path: Path, language: Language) -> None:
    ends: dict[str, tuple[Event, str]] = {
        "finished": (Finished("mira.safetensors", 100, 50.0), "mira.safetensors"),
        "stopped": (Stopped(40, "mira.safetensors"), "lora-wizard resume"),
        "failed": (Failed("CUDA out of memory", "", "Traceback: there"), ""),
    }
    named: dict[str, dict[str, str]] = {
        "en": {},
        "ja": {"finished": "完了", "stopped": "停止", "failed": "失敗"},
    }
    for name, (event, expected) in ends.items():
        folder = make_run(tmp_path / f"{language}-{name}", BEGUN, *steps(40), event)
        async with watching(folder, language=language) as pilot:
            seen = words(pilot).replace("\n", "")
            assert named[language].get(name, name) in seen
            assert expected.split("/")[-1] in seen


async def test_a_killed_trainer_is_lost_and_can_go_on(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40))
    folder.console_path.write_text("the last words\n")
    with trained(folder) as process:
        async with watching(folder) as pilot:
            assert "running" in words(pilot)
            process.kill()
            process.wait()
            await until(pilot, lambda: "lost" in words(pilot))
            screen = pilot.app.screen
            assert isinstance(screen, MonitorScreen)
            assert screen.check_action("resume", ()) and not screen.check_action("stop", ())
            await pilot.press("t")
            await settled(pilot)
            assert isinstance(pilot.app.screen, TextDialog)
            assert "the last words" in str(pilot.app.screen.query_one(".body", Static).content)


async def test_stopping_asks_first_and_a_second_time_offers_to_kill(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40))
    with trained(folder) as process:
        async with watching(folder) as pilot:
            await pilot.press("s")
            await settled(pilot)
            assert isinstance(pilot.app.screen, ConfirmDialog)
            await pilot.press("n")
            await settled(pilot)
            assert not (folder.control / "stop").exists()
            await pilot.press("s")
            await settled(pilot)
            await pilot.press("y")
            await until(pilot, (folder.control / "stop").exists)
            await until(pilot, lambda: "stopping" in words(pilot))
            await pilot.press("s")
            await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
            assert "40 steps" in str(pilot.app.screen.query_one(".body", Static).content)
            await pilot.press("enter")
            await settled(pilot)
            assert process.poll() is None, "enter is the careful answer"
            await pilot.press("s")
            await until(pilot, lambda: isinstance(pilot.app.screen, ConfirmDialog))
            await pilot.press("y")
            await until(pilot, lambda: process.poll() is not None)
            await until(pilot, lambda: "lost" in words(pilot))


@pytest.mark.parametrize(("key", "request_name"), [("c", "save"), ("v", "sample")])
async def test_saving_and_drawing_are_asked_of_the_trainer(
    tmp_path: Path, key: str, request_name: str
) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40))
    with trained(folder):
        async with watching(folder) as pilot:
            await pilot.press(key)
            await settled(pilot)
            assert (folder.control / request_name).exists()


async def test_nothing_is_asked_of_a_run_that_has_ended(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40), Stopped(40, "x.safetensors"))
    async with watching(folder) as pilot:
        await pilot.press("s", "c", "v")
        await settled(pilot)
        assert isinstance(pilot.app.screen, MonitorScreen)
        assert list(folder.control.iterdir()) == []
        await pilot.press("u")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ConfirmDialog)
        await pilot.press("n")
        await settled(pilot)
        assert "stopped" in words(pilot)


async def test_the_scale_and_the_smoothing_change(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(90))
    async with watching(folder) as pilot:
        chart = pilot.app.screen.query_one(LossChart)
        before = [row.plain for row in chart.rows]
        await pilot.press("l")
        await settled(pilot)
        logarithmic = [row.plain for row in chart.rows]
        assert chart.look.logarithmic and logarithmic != before
        await pilot.press("r", "r")
        await settled(pilot)
        assert [row.plain for row in chart.rows] != logarithmic


async def test_leaving_says_how_to_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40))
    with trained(folder):
        settings = UiSettings(root=tmp_path)
        app = WizardApp(settings, Opening(monitors=(folder,)))
        async with app.run_test(size=SIZE) as pilot:
            await settled(pilot)
            await pilot.press("escape")
            await settled(pilot)
            assert isinstance(app.screen, HomeScreen)
            app.open_monitor(folder)
            await settled(pilot)
            await pilot.press("f1")
            await settled(pilot)
            assert isinstance(app.screen, HelpScreen)
            said: list[str] = []
            monkeypatch.setattr(app, "leave", said.append)
            await pilot.press("escape")
            await settled(pilot)
            await pilot.press("q")
            await settled(pilot)
        assert len(said) == 1 and "lora-wizard attach" in said[0]


async def test_samples_are_looked_through_by_step_and_prompt(tmp_path: Path) -> None:
    ended = Finished("x.safetensors", 100, 1.0)
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40), samples=3)
    add(folder, Checkpoint(30, "checkpoints/x.safetensors"), ended)
    async with watching(folder) as pilot:
        assert "▀" in words(pilot)
        await pilot.press("g")
        await settled(pilot)
        assert isinstance(pilot.app.screen, SamplesScreen)
        assert "step 30" in words(pilot)
        await pilot.press("left")
        await settled(pilot)
        assert "step 20" in words(pilot)
        await pilot.press("down")
        await settled(pilot)
        assert "prompt 1" in words(pilot)
        await pilot.press("right", "enter", "p")
        await settled(pilot)
        assert "step-000030-1.png" in words(pilot).replace("\n", "").replace(" ", "")
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert isinstance(pilot.app.screen, MonitorScreen)


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_state_steps_and_curve_are_seen_on_every_terminal(
    tmp_path: Path, size: tuple[int, int], language: Language
) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40), samples=2)
    with trained(folder):
        async with watching(folder, size, language=language) as pilot:
            seen = words(pilot)
            assert "mira" in seen and "40 %" in seen
            chart = pilot.app.screen.query_one(LossChart)
            assert chart.region.height >= 5 and chart.region.bottom <= size[1] - 1


async def test_plain_characters_are_all_that_is_drawn_where_asked(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "mira", BEGUN, *steps(40), WARNING, samples=1)
    with trained(folder):
        async with watching(folder, ascii=True) as pilot:
            assert words(pilot).isascii(), sorted({c for c in words(pilot) if not c.isascii()})

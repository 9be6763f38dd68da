"""The window is dragged over every breakpoint: the screens follow, and then keep still."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen

from lora_wizard.ui.app import Opening, WizardApp
from lora_wizard.ui.settings import UiSettings
from tests.ui_monitor.runs import BEGUN, make_run, steps

MOST_LAYOUTS = 3_000
"""Far more than the resizes that a test makes ask for; a loop soon gets there."""

EDGES = [
    *((edge, 24) for edge, _ in WizardApp.HORIZONTAL_BREAKPOINTS[1:]),
    *((80, edge) for edge, _ in WizardApp.VERTICAL_BREAKPOINTS[1:]),
    (80, 24),
    (120, 36),
]
"""At each of the breakpoints, and where two meet; one less is on the other side."""


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> list[Size]:
    """The sizes for which a screen was laid out; a loop becomes an error in place of a hang."""
    found: list[Size] = []
    original = Screen._on_resize

    async def counted(self: Screen[Any], event: Resize) -> None:
        found.append(event.size)
        assert len(found) < MOST_LAYOUTS, found[-6:]
        await original(self, event)

    monkeypatch.setattr(Screen, "_on_resize", counted)
    return found


@asynccontextmanager
async def opened(tmp_path: Path, keys: tuple[str, ...]) -> AsyncIterator[Pilot[None]]:
    folder = make_run(tmp_path / "runs" / "mira", BEGUN, *steps(60), samples=2)
    app = WizardApp(UiSettings(root=tmp_path / "runs"), Opening(monitors=(folder,)))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        yield pilot


async def drag(pilot: Pilot[None], edge: tuple[int, int], resizes: int, seed: int) -> None:
    """As a window that is dragged: bursts of sizes on both sides of an edge, with short waits."""
    chance = random.Random(seed)
    for number in range(resizes):
        width, height = (place - chance.randint(0, 1) for place in edge)
        pilot.app.post_message(Resize(Size(width, height), Size(width, height)))
        if number % 7 == 0:
            await asyncio.sleep(chance.choice([0, 0, 0.001, 0.009, 0.012]))
    last = Size(*edge)
    pilot.app.post_message(Resize(last, last))


async def assert_still(pilot: Pilot[None], edge: tuple[int, int], handled: list[Size]) -> None:
    """The last size is shown, and no screen is laid out any more."""
    await pilot.pause(0.1)
    await pilot.pause()
    assert pilot.app.screen.size == Size(*edge)
    before = len(handled)
    await pilot.pause(0.05)
    assert len(handled) == before


@pytest.mark.parametrize(
    "keys",
    [(), ("g",), ("f1",), ("ctrl+p",), ("escape",), ("escape", "enter")],
    ids=["monitor", "samples", "help", "palette", "home", "question"],
)
async def test_screens_keep_still_after_their_window_was_dragged_over_each_breakpoint(
    tmp_path: Path, keys: tuple[str, ...], handled: list[Size]
) -> None:
    async with opened(tmp_path, keys) as pilot:
        for seed, edge in enumerate(EDGES):
            await drag(pilot, edge, resizes=20, seed=seed)
            await assert_still(pilot, edge, handled)


async def test_two_sizes_under_way_to_a_screen_at_once_do_not_take_turns(
    tmp_path: Path, handled: list[Size]
) -> None:
    async with opened(tmp_path, ()) as pilot:
        for (width, height), _ in pairwise(EDGES):
            sizes = [Size(width - 1, height), Size(width, height)]
            pilot.app._size = sizes[-1]
            for size in sizes:  # as the app hands them on while the screen is busy
                pilot.app.screen.post_message(Resize(size, size))
                pilot.app.screen.call_later(lambda: None)
            await assert_still(pilot, (width, height), handled)


async def test_a_key_is_answered_after_the_window_was_dragged(
    tmp_path: Path, handled: list[Size]
) -> None:
    async with opened(tmp_path, ()) as pilot:
        await drag(pilot, (80, 24), resizes=400, seed=7)
        await pilot.press("f1")
        await pilot.pause()
        assert pilot.app.screen.__class__.__name__ == "HelpScreen"

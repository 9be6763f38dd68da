"""Each screen as a picture: a change of what users see is seen before it is kept.

After a change that is meant: `pytest tests/ui_snapshots --snapshot-update`, and look at the SVGs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from lora_wizard.flow import Flow
from lora_wizard.language import Language
from lora_wizard.ui.home.importing import ImportScreen, open_file
from lora_wizard.ui.home.presets import PresetsScreen

from .conftest import MakeApp

SIZES = [(80, 24), (60, 16)]
FILES = Path(__file__).parents[1] / "interchange" / "files"

Snap = Callable[..., bool]
Before = Callable[[Pilot[Any]], Awaitable[None]]


async def settled(pilot: Pilot[Any]) -> None:
    """Until nothing works beside the screen, and three looks in a row show the same."""
    same, before = 0, ""
    while same < 2:
        await pilot.app.workers.wait_for_complete()
        await pilot.pause(0.1)
        now = pilot.app.export_screenshot()
        same, before = (same + 1 if now == before else 0), now


def questions(flow: Flow, place: str, *keys: str) -> Before:
    """Opens the questions at a place."""

    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        app: Any = pilot.app
        language = app.settings.language
        app.open_questions(flow.with_language(language).jump(place))
        await settled(pilot)
        await pilot.press(*keys)
        await settled(pilot)

    return before


@pytest.mark.parametrize("size", SIZES)
def test_home(snap_compare: Snap, make_app: MakeApp, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(), terminal_size=size, run_before=settled)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("size", SIZES)
def test_presets(
    snap_compare: Snap, make_app: MakeApp, size: tuple[int, int], language: Language
) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        pilot.app.push_screen(PresetsScreen())
        await settled(pilot)
        await pilot.press("down", "down", "down")

    assert snap_compare(make_app(language), terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES)
def test_import(snap_compare: Snap, make_app: MakeApp, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        imported = open_file(FILES / "kohya_gui.json", "en")
        assert not isinstance(imported, Flow)
        pilot.app.push_screen(ImportScreen("kohya_gui.json", imported))
        await settled(pilot)

    assert snap_compare(make_app(), terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("place", ["data.images", "network.alpha", "training.scheduler"])
def test_question(
    snap_compare: Snap, make_app: MakeApp, flow: Flow, place: str, size: tuple[int, int]
) -> None:
    shown = flow.with_given({"network.alpha": 128}) if place == "network.alpha" else flow
    assert snap_compare(make_app(), terminal_size=size, run_before=questions(shown, place))


def test_question_in_japanese(snap_compare: Snap, make_app: MakeApp, flow: Flow) -> None:
    before = questions(flow.with_given({"network.alpha": 128}), "network.alpha")
    assert snap_compare(make_app("ja"), terminal_size=(80, 24), run_before=before)


@pytest.mark.parametrize("size", SIZES)
def test_question_help(
    snap_compare: Snap, make_app: MakeApp, flow: Flow, size: tuple[int, int]
) -> None:
    before = questions(flow, "network.alpha", "f1")
    assert snap_compare(make_app(), terminal_size=size, run_before=before)


def test_following_advice(snap_compare: Snap, make_app: MakeApp, flow: Flow) -> None:
    before = questions(flow.with_given({"network.alpha": 128}), "network.alpha", "f4")
    assert snap_compare(make_app(ascii=True), terminal_size=(80, 24), run_before=before)


@pytest.mark.parametrize("size", [*SIZES, (120, 40)])
def test_review(snap_compare: Snap, make_app: MakeApp, flow: Flow, size: tuple[int, int]) -> None:
    before = questions(flow, "model.base", "f3")
    assert snap_compare(make_app(), terminal_size=size, run_before=before)


def test_review_in_japanese(snap_compare: Snap, make_app: MakeApp, flow: Flow) -> None:
    before = questions(flow, "model.base", "f3")
    assert snap_compare(make_app("ja"), terminal_size=(80, 24), run_before=before)


def test_without_colour(
    snap_compare: Snap, make_app: MakeApp, flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    before = questions(flow.with_given({"network.alpha": 128}), "network.alpha")
    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=before)

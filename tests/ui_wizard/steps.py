"""What tests do on the pages, and how they wait."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input, Static

from lora_wizard.ui.wizard import QuestionScreen, ReviewScreen


async def settled(pilot: Pilot[Any]) -> None:
    """Until nothing is being looked at, and the page shows it."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def begin(pilot: Pilot[Any]) -> QuestionScreen:
    """From the first screen to the first question."""
    await settled(pilot)
    await pilot.press("enter")
    await settled(pilot)
    return asking(pilot)


async def to_question(pilot: Pilot[Any], key: str) -> QuestionScreen:
    """Enter after enter, until a question is shown."""
    for _ in range(60):
        if asking(pilot).flow.place == key:
            await settled(pilot)
            return asking(pilot)
        await pilot.press("enter")
        await pilot.pause()
    raise AssertionError(f"{key} was not asked")


async def to_review(pilot: Pilot[Any]) -> ReviewScreen:
    """Straight to the review."""
    await pilot.press("f3")
    await settled(pilot)
    return reviewing(pilot)


async def type_instead(pilot: Pilot[Any], words: str) -> None:
    """Other words in the line."""
    pilot.app.screen.query_one(Input).value = words
    await pilot.pause()


def asking(pilot: Pilot[Any]) -> QuestionScreen:
    assert isinstance(pilot.app.screen, QuestionScreen), pilot.app.screen
    return pilot.app.screen


def reviewing(pilot: Pilot[Any]) -> ReviewScreen:
    assert isinstance(pilot.app.screen, ReviewScreen), pilot.app.screen
    return pilot.app.screen


def shown(pilot: Pilot[Any], part: str) -> str:
    """The words of one part of the page; empty where it is hidden."""
    found = pilot.app.screen.query_one(part, Static)
    return str(found.content) if found.display else ""

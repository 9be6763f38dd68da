"""A small app that shows one screen or dialog with the frame's own parts."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.screen import Screen

from lora_wizard.language import text
from lora_wizard.ui.settings import UiSettings


class FrameApp(App[Any]):
    """Shows `screen` and keeps what it gives."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-wide"), (120, "-very-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall"), (36, "-very-tall")]  # noqa: RUF012

    def __init__(self, screen: Screen[Any], settings: UiSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or UiSettings()
        self._first = screen
        self.given: list[Any] = []

    def words(self, key: str, /, **values: object) -> str:
        return text(key, self.settings.language, **values)

    def on_mount(self) -> None:
        self.push_screen(self._first, self.given.append)

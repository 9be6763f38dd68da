"""The command palette, ctrl+p, in the user's language."""

from __future__ import annotations

from rich.text import Text
from textual.command import CommandList
from textual.widgets.option_list import Option

from lora_wizard.language import Language, text
from lora_wizard.ui.steady import SteadyPalette

__all__ = ["Palette"]


class Palette(SteadyPalette):
    """Textual's palette with this project's words.

    Args:
        language: Of the words.
    """

    def __init__(self, language: Language) -> None:
        super().__init__(placeholder=text("app.palette.search", language), id="--command-palette")
        self._language: Language = language

    def _start_no_matches_countdown(self, search_value: str) -> None:
        """As Textual's own, whose words are English."""
        self._stop_no_matches_countdown()

        def say() -> None:
            self._list_visible = bool(search_value)
            if search_value:
                words = Text(text("app.palette.none", self._language), justify="center")
                self.query_one(CommandList).add_option(
                    Option(words, disabled=True, id=self._NO_MATCHES)
                )

        self._no_matches_timer = self.set_timer(self._NO_MATCHES_COUNTDOWN, say)

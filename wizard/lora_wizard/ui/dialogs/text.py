"""A longer text to read and leave."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.markup import escape
from textual.widgets import Static

from lora_wizard.ui.base import WizardDialog
from lora_wizard.ui.keys import Key

__all__ = ["AdviceDialog", "TextDialog"]


class TextDialog(WizardDialog[bool | None]):
    """Shows a text as it is, such as an error or what a trainer printed; scrolls.

    Args:
        title: What it is.
        text: The text, in lines.
        at_end: Whether its end is shown first.
    """

    CSS_PATH = "dialogs.tcss"
    HELP_TEXT = "app.help.text"
    KEYS: ClassVar[tuple[Key, ...]] = (Key("escape,enter,q", "close", "app.keys.close"),)

    def __init__(self, title: str, text: str | Text, *, at_end: bool = False) -> None:
        super().__init__()
        self._title, self._text, self._at_end = title, text, at_end

    def compose(self) -> ComposeResult:
        """The text in a frame, and how one leaves."""
        small = len(str(self._text)) < 600 and str(self._text).count("\n") < 8
        with Vertical(classes="dialog -small" if small else "dialog -large") as dialog:
            dialog.border_title = escape(self._title)
            with VerticalScroll(id="scroll"):
                yield Static(self._text, classes="body", markup=False)
            yield Static(
                self.words(f"app.dialog.close{'_ascii' if self.settings.ascii else ''}"),
                classes="hint",
                markup=False,
            )

    def help_title(self) -> str:
        """What the text is."""
        return self._title

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        scroll = self.query_one("#scroll", VerticalScroll)
        scroll.focus()
        if self._at_end:
            scroll.scroll_end(animate=False)

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)


class AdviceDialog(TextDialog):
    """What the pictures say. True where F4 was pressed, to follow it."""

    KEYS = (*TextDialog.KEYS, Key("f4", "follow", "wizard.keys.advice"))

    def action_follow(self) -> None:
        """Back to the screen below, which follows."""
        self.dismiss(True)

"""The page behind F1."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.table import Table
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.markup import escape
from textual.widgets import Markdown, Static

from lora_wizard.ui.base import WizardDialog
from lora_wizard.ui.keys import Key

__all__ = ["HelpScreen"]


class HelpScreen(WizardDialog[None]):
    """What is shown, in words, and the keys that do something there.

    Args:
        title: Of the page.
        markdown: Its text.
        keys: Each key and what it does.
    """

    CSS_PATH = "dialogs.tcss"
    KEYS = (Key("escape,enter,q,f1,question_mark", "close", "app.keys.close"),)

    def __init__(self, title: str, markdown: str, keys: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self._title, self._markdown, self._keys = title, markdown, keys

    def compose(self) -> ComposeResult:
        """The page in a frame."""
        with Vertical(classes="dialog -large") as dialog:
            dialog.border_title = escape(self._title)
            with VerticalScroll(id="scroll"):
                yield Markdown(_unbroken(self._markdown), open_links=False)
                if self._keys:
                    yield Static(self._table(), classes="body")
            yield Static(
                self.words(f"app.dialog.close{'_ascii' if self.settings.ascii else ''}"),
                classes="hint",
                markup=False,
            )

    def on_mount(self) -> None:
        """The arrow keys scroll at once."""
        self.query_one("#scroll", VerticalScroll).focus()

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss(None)

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        for key, words in self._keys:
            table.add_row(key, words)
        return table


def _unbroken(markdown: str) -> str:
    """The text without the line breaks between two Japanese characters.

    Markdown takes a line break inside a paragraph as a space, which Japanese has none of.
    """
    return re.sub(r"(?<=[^\x00-\x7f])\n(?=[^\x00-\x7f])", "", markdown)

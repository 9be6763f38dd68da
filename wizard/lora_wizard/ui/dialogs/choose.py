"""A question with several answers."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.markup import escape
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from lora_wizard.ui.base import WizardDialog
from lora_wizard.ui.keys import Key

__all__ = ["ChooseDialog"]


class ChooseDialog(WizardDialog[str | None]):
    """Asks which of several things to do. None where the user left without an answer.

    Args:
        title: The question.
        body: What it is about.
        choices: The result of each answer, and its words; the first has the cursor.
    """

    CSS_PATH = "dialogs.tcss"
    HELP_TEXT = "app.help.choose"
    KEYS = (Key("escape", "leave", "app.keys.no", priority=True),)

    def __init__(self, title: str, body: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title, self._body, self._choices = title, body, choices

    def compose(self) -> ComposeResult:
        """The question and its answers."""
        with Vertical(classes="dialog -small") as dialog:
            dialog.border_title = escape(self._title)
            yield Static(self._body, classes="body", markup=False)
            options = [Option(words, id=name) for name, words in self._choices]
            yield OptionList(*options, compact=True, markup=False)
            yield Static(self.words("app.dialog.enter"), classes="hint", markup=False)

    def help_title(self) -> str:
        """The question."""
        return self._title

    def on_mount(self) -> None:
        """The arrow keys choose at once."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """An answer was chosen."""
        self.dismiss(event.option.id)

    def action_leave(self) -> None:
        """Without an answer."""
        self.dismiss(None)

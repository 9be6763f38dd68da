"""One line of text, such as a name or a path."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.markup import escape
from textual.suggester import Suggester
from textual.widgets import Input, Static

from lora_wizard.ui.base import WizardDialog
from lora_wizard.ui.editing import LineInput
from lora_wizard.ui.keys import Key

__all__ = ["InputDialog"]


class InputDialog(WizardDialog[str | None]):
    """Asks for a line. None where the user left without one.

    Args:
        title: What is asked.
        label: What to type, in a sentence.
        value: What stands there at first.
        check: What is wrong with a text, in words; None where it will do.
        suggester: Completes what is typed.
    """

    CSS_PATH = "dialogs.tcss"
    HELP_TEXT = "app.help.input"
    KEYS = (Key("escape", "leave", "app.keys.no", priority=True),)

    def __init__(
        self,
        title: str,
        label: str,
        value: str = "",
        check: Callable[[str], str | None] | None = None,
        *,
        suggester: Suggester | None = None,
    ) -> None:
        super().__init__()
        self._title, self._label, self._value = title, label, value
        self._check = check or _anything
        self._suggester = suggester

    def compose(self) -> ComposeResult:
        """The sentence, the field, and what is wrong."""
        with Vertical(classes="dialog -small") as dialog:
            dialog.border_title = escape(self._title)
            yield Static(self._label, classes="body", markup=False)
            line = LineInput(self._value, suggester=self._suggester, select_on_focus=False)
            line.cursor_blink = False  # each blink would be sent over the wire, for ever
            yield line
            yield Static("", classes="problem", markup=False)
            yield Static(self.words("app.dialog.enter"), classes="hint", markup=False)

    def help_title(self) -> str:
        """The question."""
        return self._title

    def on_input_changed(self, event: Input.Changed) -> None:
        """An earlier complaint is out of date."""
        self.query_one(".problem", Static).update("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Gives the line, unless something is wrong with it."""
        problem = self._check(event.value)
        if problem is None:
            self.dismiss(event.value)
        else:
            self.query_one(".problem", Static).update(problem)

    def action_leave(self) -> None:
        """Without an answer."""
        self.dismiss(None)


def _anything(value: str) -> str | None:
    return None

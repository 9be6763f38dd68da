"""A question with two answers."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.markup import escape
from textual.widgets import Button, Static

from lora_wizard.ui.base import WizardDialog
from lora_wizard.ui.keys import Key

__all__ = ["ConfirmDialog"]


class ConfirmDialog(WizardDialog[bool]):
    """Asks before something is done. True for yes; esc is no.

    Args:
        title: The question.
        body: What follows from a yes.
        yes: What yes is called.
        no: What no is called.
        careful: Whether "no" has the focus at first, as where something is lost.
    """

    CSS_PATH = "dialogs.tcss"
    HELP_TEXT = "app.help.confirm"
    KEYS = (
        Key("y", "answer(True)", "app.keys.yes"),
        Key("n,escape", "answer(False)", "app.keys.no"),
        Key("left", "app.focus_previous", "app.keys.other", show=False),
        Key("right", "app.focus_next", "app.keys.other", show=False),
    )

    def __init__(self, title: str, body: str, yes: str, no: str, *, careful: bool = False) -> None:
        super().__init__()
        self._title, self._body, self._yes, self._no = title, body, yes, no
        self._careful = careful

    def compose(self) -> ComposeResult:
        """The question, what follows, and both answers."""
        with Vertical(classes="dialog -small") as dialog:
            dialog.border_title = escape(self._title)
            with VerticalScroll(can_focus=False):
                yield Static(self._body, classes="body", markup=False)
            with Horizontal(classes="choices"):
                yield Button(f"{self._yes} (y)", id="yes", compact=True)
                yield Button(f"{self._no} (n)", id="no", compact=True)

    def help_title(self) -> str:
        """The question."""
        return self._title

    def on_mount(self) -> None:
        """Enter gives the answer that does no harm."""
        self.query_one("#no" if self._careful else "#yes", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """An answer was chosen."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        """An answer was given by its letter."""
        self.dismiss(answer)

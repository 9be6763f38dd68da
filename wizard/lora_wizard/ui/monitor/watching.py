"""What every screen of a run has: a reader in a thread, and redraws only where something is new."""

from __future__ import annotations

from dataclasses import dataclass

from textual import work
from textual.message import Message

from lora_wizard.errors import LoraWizardError
from lora_wizard.runs import RunFolder
from lora_wizard.ui.base import WizardScreen
from lora_wizard.ui.dialogs import TextDialog
from lora_wizard.ui.monitor.reading import LookedAt, RunReader

__all__ = ["WatchingScreen"]


class WatchingScreen(WizardScreen[None]):
    """Looks at a run now and then, beside the screen.

    Args:
        folder: The run.
    """

    CSS_PATH = "monitor.tcss"

    def __init__(self, folder: RunFolder) -> None:
        super().__init__()
        self.folder = folder
        self.looked: LookedAt | None = None
        """The run as it was seen last; None before the first look."""
        self._reader: RunReader | None = None
        self._is_looking = False
        self._trouble = ""

    @dataclass
    class Seen(Message):
        """A look is done."""

        looked: LookedAt | None
        trouble: str

    def on_mount(self) -> None:
        """Looks now, and again as often as the line bears."""
        self._reader = RunReader(self.folder, self.settings.language)
        self.look()
        self.set_interval(self.settings.redraw_seconds, self.look)

    def look(self) -> None:
        """Looks once, unless the last look still goes on."""
        if self._reader is not None and not self._is_looking:
            self._is_looking = True
            self._look(self._reader)

    @work(thread=True, group="look")
    def _look(self, reader: RunReader) -> None:
        try:
            looked = reader.look()
        except LoraWizardError as error:
            self.post_message(self.Seen(None, str(error)))
        else:
            self.post_message(self.Seen(looked, ""))

    def on_watching_screen_seen(self, message: Seen) -> None:
        """Shows what is new; says once what is in the way."""
        self._is_looking = False
        if message.trouble and message.trouble != self._trouble:
            self._say(message.trouble)
        self._trouble = message.trouble
        if message.looked is not None:
            before, self.looked = self.looked, message.looked
            self.show(before)

    def _say(self, trouble: str) -> None:
        """A log may be readable again with the next look; a folder that is gone stays away."""
        title = self.words("monitor.unreadable")
        if self.folder.path.is_dir():
            self.notify(trouble, title=title, severity="error", timeout=20, markup=False)
        else:
            self.app.push_screen(TextDialog(title, trouble))

    def show(self, before: LookedAt | None) -> None:
        """Draws the run as it was seen last.

        Args:
            before: As it was seen the time before.
        """

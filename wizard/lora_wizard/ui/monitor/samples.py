"""The samples of a run, step by step: same prompts and seeds, so that steps compare."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Footer, Static

from lora_wizard.runs import RunFolder, Sample
from lora_wizard.ui.dialogs import HelpScreen
from lora_wizard.ui.keys import Key
from lora_wizard.ui.monitor.pictures import drawn, load_pictures
from lora_wizard.ui.monitor.watching import WatchingScreen

__all__ = ["SamplesScreen"]

_ACROSS = 4


class SamplesScreen(WatchingScreen):
    """One step's samples at a time; newer ones come as they are drawn.

    Args:
        folder: The run.
    """

    KEYS = (
        Key("left,h", "earlier", "monitor.keys.earlier"),
        Key("right,l", "later", "monitor.keys.later"),
        Key("down,j", "prompt(1)", "monitor.keys.prompt"),
        Key("up,k", "prompt(-1)", "monitor.keys.prompt", show=False),
        Key("enter", "large", "monitor.keys.big"),
        Key("p", "path", "monitor.keys.path"),
        Key("f1,question_mark", "help", "monitor.keys.help", show=False),
        Key("escape,g", "back", "monitor.keys.back"),
    )

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder)
        self._step: int | None = None  # None: the newest, whichever that is
        self._prompt = 0
        self._large = False

    def compose(self) -> ComposeResult:
        """Where one is, the prompt, and the pictures."""
        title = self.words("monitor.gallery.title", name=self.folder.name)
        yield Static(title, classes="title-line", markup=False)
        yield Static("", id="where", markup=False)
        yield Static("", id="prompt", markup=False)
        yield Static("", id="pictures", markup=False)
        yield Footer()

    def on_resize(self) -> None:
        """Pictures are as large as there is room."""
        self.call_after_refresh(self.show)

    @property
    def steps(self) -> list[int]:
        """Steps after which something was drawn, rising."""
        samples = self.looked.status.summary.samples if self.looked else ()
        return sorted({one.step for one in samples})

    @property
    def step(self) -> int | None:
        """The step that is shown; None where there is none."""
        steps = self.steps
        return self._step if self._step in steps else steps[-1] if steps else None

    @property
    def shown(self) -> list[Sample]:
        """The samples of that step."""
        samples = self.looked.status.summary.samples if self.looked else ()
        return [one for one in samples if one.step == self.step]

    def show(self) -> None:
        """Draws the samples of the step."""
        samples = self.shown
        if not samples:
            if self.looked is not None:
                words = Text(self.words("monitor.gallery.none"), "dim")
                self.query_one("#pictures", Static).update(words)
            return
        self._prompt = min(self._prompt, len(samples) - 1)
        place = self.words(
            "monitor.gallery.line",
            step=self.step,
            number=self.steps.index(samples[0].step) + 1,
            count=len(self.steps),
            prompt=self._prompt + 1,
            prompts=len(samples),
        )
        self.query_one("#where", Static).update(Text(place, "bold"))
        self.query_one("#prompt", Static).update(Text(samples[self._prompt].prompt))
        room = self.query_one("#pictures", Static)
        if self.settings.pictures == "off":
            room.update(Text(self.words("monitor.gallery.off"), "dim"))
            return
        first = self._prompt // _ACROSS * _ACROSS
        chosen = [samples[self._prompt]] if self._large else samples[first : first + _ACROSS]
        pictures = load_pictures([self.folder.path / one.path for one in chosen])
        room.update(drawn(pictures, max(room.size.width, 1), max(room.size.height, 1)))

    def action_earlier(self) -> None:
        """The step before."""
        self._move(-1)

    def action_later(self) -> None:
        """The step after; behind the last one the newest is followed."""
        self._move(1)

    def _move(self, by: int) -> None:
        steps = self.steps
        if self.step is None:
            return
        place = min(max(steps.index(self.step) + by, 0), len(steps) - 1)
        self._step = None if by > 0 and place == len(steps) - 1 else steps[place]
        self.show()

    def action_prompt(self, by: int) -> None:
        """Another prompt."""
        self._prompt = min(max(self._prompt + by, 0), max(len(self.shown) - 1, 0))
        self.show()

    def action_large(self) -> None:
        """One picture in full, or all of the step."""
        self._large = not self._large
        self.show()

    def action_path(self) -> None:
        """Where the picture lies."""
        if self.shown:
            path = self.folder.path / self.shown[self._prompt].path
            self.notify(str(path), title=self.words("monitor.gallery.path"), timeout=15)

    def action_help(self) -> None:
        """Help for this screen."""
        title = self.words("monitor.gallery.title", name=self.folder.name)
        text = self.words("monitor.help.gallery")
        self.app.push_screen(HelpScreen(title, text, self.key_table()))

    def action_back(self) -> None:
        """To the monitor."""
        self.dismiss(None)

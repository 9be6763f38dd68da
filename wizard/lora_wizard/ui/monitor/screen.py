"""The monitor: how a run stands, its loss, its newest pictures, and what one may ask of it."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Footer, Static

from lora_wizard.runs import RunState, console_tail
from lora_wizard.ui.dialogs import HelpScreen, TextDialog
from lora_wizard.ui.drawing import render_bar
from lora_wizard.ui.keys import Key
from lora_wizard.ui.monitor.asking import AskingScreen
from lora_wizard.ui.monitor.chart_view import LossChart
from lora_wizard.ui.monitor.ending import ending_text
from lora_wizard.ui.monitor.pictures import SampleStrip
from lora_wizard.ui.monitor.reading import newest_samples
from lora_wizard.ui.monitor.samples import SamplesScreen
from lora_wizard.ui.monitor.wording import (
    facts_line,
    happenings,
    phase_line,
    progress,
    state_line,
)

__all__ = ["MonitorScreen"]

_RESUMABLE = (RunState.STOPPED, RunState.FAILED, RunState.LOST, RunState.CREATED)
_CONSOLE_LINES = 400


class MonitorScreen(AskingScreen):
    """Shows a run, live or ended. Every part is sent only where it changed."""

    KEYS = (
        Key("s", "stop", "monitor.keys.stop"),
        Key("u", "resume", "monitor.keys.resume"),
        Key("c", "save", "monitor.keys.save"),
        Key("v", "sample", "monitor.keys.sample"),
        Key("g", "samples", "monitor.keys.samples"),
        Key("t", "console", "monitor.keys.console", show=False),
        Key("l", "scale", "monitor.keys.scale", show=False),
        Key("r", "smoothing", "monitor.keys.smoothing", show=False),
        Key("p", "pictures", "monitor.keys.pictures", show=False),
        Key("escape", "home", "monitor.keys.home", show=False),
        Key("f1,question_mark", "help", "monitor.keys.help"),
        Key("q,ctrl+q", "leave", "monitor.keys.leave"),
    )

    def compose(self) -> ComposeResult:
        """A line each for state, steps and numbers; the chart takes the rest."""
        yield Static(self.folder.name, id="state", classes="title-line", markup=False)
        yield Static("", id="progress", markup=False)
        yield Static("", id="phase", markup=False)
        yield Static("", id="facts", markup=False)
        yield Static("", id="ending", markup=False)
        with Horizontal(id="seen"):
            yield LossChart(ascii=self.settings.ascii, id="chart")
            yield SampleStrip(id="strip")
        yield Static("", id="happenings", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Pictures are drawn unasked on quick lines only."""
        strip = self.query_one(SampleStrip)
        strip.is_wanted = self.settings.pictures == "half" and not self.settings.slow

    def on_resize(self) -> None:
        """Bar and notes are as large as their room."""
        self.call_after_refresh(self.show)

    def show(self) -> None:
        """Draws what changed."""
        if self.looked is None:
            return
        status, language = self.looked.status, self.settings.language
        summary = status.summary
        self._put("state", state_line(self.looked, language))
        self._put("progress", self._bar())
        self._put("phase", Text(phase_line(status, language), "bold"))
        self._put("facts", Text(facts_line(summary, summary.smoothed_loss, language)))
        self._put("ending", ending_text(self.looked, language))
        lines = happenings(summary, language)[: 3 if self.size.height >= 24 else 1]
        self._put("happenings", Text("\n").join(reversed(lines)))
        chart = self.query_one(LossChart)
        chart.display = bool(summary.losses) or status.state is RunState.RUNNING
        chart.show(summary)
        newest = newest_samples(summary.samples)
        self.query_one(SampleStrip).offer([self.folder.path / one.path for one in newest])
        self.refresh_bindings()

    def _bar(self) -> Text:
        """How much is done, and its share."""
        assert self.looked is not None
        done, total = progress(self.looked.status.summary)
        if not total:
            return Text()
        words = f" {done * 100 // total:>3} %"
        width = max(self.size.width - 2 - len(words), 6)
        bar = render_bar(done, total, width, ascii=self.settings.ascii)
        return Text.assemble((bar, "cyan"), (words, "bold"))

    def _put(self, name: str, words: Text) -> None:
        part = self.query_one(f"#{name}", Static)
        if part.content != words:
            part.update(words)
        part.display = bool(words)

    # Keys that change what is shown

    def action_scale(self) -> None:
        """Linear or logarithmic."""
        self.query_one(LossChart).toggle_scale()

    def action_smoothing(self) -> None:
        """Smoother, less smooth, or without the line."""
        self.query_one(LossChart).next_smoothing()

    def action_pictures(self) -> None:
        """Shows or hides the newest samples."""
        strip = self.query_one(SampleStrip)
        strip.is_wanted = not strip.is_wanted
        self.show()

    def action_samples(self) -> None:
        """All samples, large."""
        self.app.push_screen(SamplesScreen(self.folder))

    def action_console(self) -> None:
        """What the trainer printed, and why it failed."""
        printed = console_tail(self.folder, _CONSOLE_LINES)
        advice = self.looked.advice if self.looked else None
        if advice is not None and advice.traceback and advice.traceback not in printed:
            heading = self.words("monitor.console.traceback")
            printed = f"{printed}\n\n{heading}\n{advice.traceback}".strip()
        words = printed or self.words("monitor.console.nothing")
        self.app.push_screen(TextDialog(self.words("monitor.console.title"), words, at_end=True))

    def action_home(self) -> None:
        """The first screen."""
        self.wizard_app.open_home()

    def action_help(self) -> None:
        """Help for this screen."""
        text = self.words("monitor.help.text")
        self.app.push_screen(HelpScreen(self.folder.name, text, self.key_table()))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A run that trains can be stopped, one that does not can go on."""
        state = self.looked.status.state if self.looked else None
        if action in ("stop", "save", "sample"):
            return state is RunState.RUNNING
        if action == "resume":
            return state in _RESUMABLE and not self.wizard_app.is_starting
        return True

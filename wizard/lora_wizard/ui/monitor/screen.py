"""The monitor: how a run stands, its losses, its newest samples, and what one may ask of it."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Footer, Static

from lora_wizard.errors import LoraWizardError
from lora_wizard.flow import Flow, begin_with_file
from lora_wizard.runs import RunFolder, RunState, console_tail
from lora_wizard.ui.dialogs import HelpScreen, TextDialog
from lora_wizard.ui.drawing import render_bar
from lora_wizard.ui.keys import Key
from lora_wizard.ui.monitor.asking import AskingScreen
from lora_wizard.ui.monitor.chart_view import LossChart
from lora_wizard.ui.monitor.ending import ending_text, leaving_words, printed_text
from lora_wizard.ui.monitor.gallery import SamplesScreen
from lora_wizard.ui.monitor.reading import LookedAt, newest_samples
from lora_wizard.ui.monitor.rows import Line
from lora_wizard.ui.monitor.strip import SampleStrip
from lora_wizard.ui.monitor.wording import (
    chart_title,
    facts_line,
    happenings,
    phase_line,
    progress,
    state_line,
)

__all__ = ["MonitorScreen"]

_PRINTED_LINES = 400
"""Of the console, behind its key."""


class MonitorScreen(AskingScreen):
    """Shows a run, live or ended. Every part is sent to the terminal only where it changed.

    Args:
        folder: The run.
    """

    KEYS = (
        Key("s", "stop", "monitor.keys.stop"),
        Key("u", "resume", "monitor.keys.resume"),
        Key("c", "save", "monitor.keys.save"),
        Key("v", "sample", "monitor.keys.sample"),
        Key("g", "samples", "monitor.keys.samples"),
        Key("a", "answers", "monitor.keys.answers"),
        Key("t", "console", "monitor.keys.console", show=False),
        Key("l", "scale", "monitor.keys.scale", show=False),
        Key("r", "smoothing", "monitor.keys.smoothing", show=False),
        Key("p", "pictures", "monitor.keys.pictures", show=False),
        Key("escape", "home", "monitor.keys.home", show=False),
        Key("f1,question_mark", "help", "monitor.keys.help"),
        Key("q,ctrl+q", "leave", "monitor.keys.leave"),
    )

    def __init__(self, folder: RunFolder) -> None:
        super().__init__(folder)
        self._was_starting = False

    def compose(self) -> ComposeResult:
        """Four lines of numbers, the chart with samples beside it, and what happened last."""
        yield Static(self.folder.name, id="state", classes="title-line", markup=False)
        yield Line(id="phase", classes="line")
        yield Line(id="bar", classes="line")
        yield Line(id="facts", classes="line")
        with VerticalScroll(id="ending", can_focus=True):
            yield Static("", id="ending-text", markup=False)
        with Horizontal(id="middle"):
            with Vertical(id="chart-box"):
                yield Line(id="chart-title", classes="heading")
                yield LossChart(ascii=self.settings.ascii, id="chart")
                yield Line(id="silence")
            with Vertical(id="strip-box"):
                yield Line(id="strip-title", classes="heading")
                yield SampleStrip(id="strip")
        yield Line(id="happenings", classes="line")
        with Vertical(id="printed-box"):
            yield Line(id="printed-title", classes="heading")
            yield Line(id="printed", classes="line")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Pictures are drawn unasked on quick lines only."""
        strip = self.query_one(SampleStrip)
        strip.is_wanted = self.settings.pictures == "half" and not self.settings.slow
        self.query_one("#ending").display = False
        self.query_one("#strip-box").display = False
        self.query_one("#printed-title", Line).say(self.words("monitor.console.title"))

    def on_resize(self) -> None:
        """Lines are as long as there is room."""
        self.call_after_refresh(self._draw)

    def look(self) -> None:
        """Looks once; a trainer that was just started has not written anything yet."""
        super().look()
        if self.wizard_app.is_starting != self._was_starting:
            self._was_starting = self.wizard_app.is_starting
            self._draw()

    def show(self, before: LookedAt | None) -> None:
        """Draws what is new."""
        super().show(before)
        self._draw()

    def _draw(self) -> None:
        looked, language = self.looked, self.settings.language
        if looked is None or not self.is_mounted:
            return
        self._draw_lines(looked)
        ending = ending_text(looked, language)
        self.query_one("#ending").display = bool(ending)
        self.set_class(looked.advice is not None, "-failed")
        text = self.query_one("#ending-text", Static)
        if text.content != ending:
            text.update(ending)
        self._draw_chart(looked)
        self._draw_samples(looked)
        self.query_one("#happenings", Line).say(
            Text("\n").join(happenings(looked.status.summary, language)[:12])
        )
        printed = Text(looked.printed, no_wrap=True, overflow="ellipsis")
        self.query_one("#printed", Line).say(printed)
        self.refresh_bindings()

    def _draw_lines(self, looked: LookedAt) -> None:
        status, language = looked.status, self.settings.language
        width = max(self.size.width - 2, 1)
        starting = looked.is_starting or self._was_starting
        line = state_line(looked, language, starting=starting, stopping=self.asked_to_stop)
        title = self.query_one("#state", Static)
        if title.content != line:
            title.update(line, layout=False)
        self.query_one("#phase", Line).say(phase_line(status, language, width))
        done, total = progress(status.summary)
        percent = f"{100 * min(done / total, 1):4.0f} %" if total else ""
        bar = render_bar(done, total, width - len(percent), ascii=self.settings.ascii)
        self.query_one("#bar", Line).say(bar + percent)

    def _draw_chart(self, looked: LookedAt) -> None:
        chart, summary = self.query_one(LossChart), looked.status.summary
        has_losses = bool(summary.losses)
        chart.show(summary)
        chart.display = has_losses
        silence = self.query_one("#silence", Line)
        silence.display = not has_losses
        is_over = looked.status.state not in (RunState.RUNNING, RunState.CREATED)
        words = "" if is_over else self.words("monitor.no_losses")
        silence.say(Text(f"{words}\n\n{looked.printed}".strip(), "dim"))
        width = max(self.size.width - 2, 1)
        facts = facts_line(summary, chart.loss, self.settings.language, width)
        self.query_one("#facts", Line).say(facts)
        title = chart_title(chart.look, self.settings.language) if has_losses else Text()
        self.query_one("#chart-title", Line).say(title)

    def _draw_samples(self, looked: LookedAt) -> None:
        strip = self.query_one(SampleStrip)
        newest = newest_samples(looked.status.summary.samples)
        strip.offer([self.folder.path / one.path for one in newest])
        self.query_one("#strip-box").display = strip.display
        if newest:
            title = self.words("monitor.samples.title", step=newest[0].step)
            self.query_one("#strip-title", Line).say(title)

    # Keys that change what is shown

    def action_scale(self) -> None:
        """Linear or logarithmic."""
        self.query_one(LossChart).toggle_scale()
        self._draw()

    def action_smoothing(self) -> None:
        """Smoother, less smooth, or no line."""
        self.query_one(LossChart).next_smoothing()
        self._draw()

    def action_pictures(self) -> None:
        """Shows or hides the newest samples."""
        self.query_one(SampleStrip).toggle()
        self._draw()

    def action_samples(self) -> None:
        """All samples."""
        self.app.push_screen(SamplesScreen(self.folder))

    def action_console(self) -> None:
        """What the trainer printed, and why it failed in full."""
        if self.looked is not None:
            console = console_tail(self.folder, _PRINTED_LINES)
            words = printed_text(self.looked, console, self.settings.language)
            title = self.words("monitor.console.title")
            self.app.push_screen(TextDialog(title, words, at_end=self.looked.advice is None))

    def action_answers(self) -> None:
        """The review of the questions, with this run's recipe as answers."""
        try:
            flow = Flow(begin_with_file(self.folder.recipe_path))
        except (LoraWizardError, OSError) as error:
            self.wizard_app.report(error)
            return
        flow = flow.with_language(self.settings.language).to_review()
        self.wizard_app.open_questions(flow)

    def action_home(self) -> None:
        """The first screen; a training goes on."""
        if self.state is RunState.RUNNING and self.looked is not None:
            self.notify(leaving_words(self.looked, self.settings.language), markup=False)
        self.wizard_app.open_home()

    def action_leave(self) -> None:
        """Leaves the app, with the way back."""
        self.wizard_app.leave(leaving_words(self.looked, self.settings.language))

    def action_help(self) -> None:
        """Help for this screen."""
        text = self.words("monitor.help.text")
        self.app.push_screen(HelpScreen(self.folder.name, text, self.key_table()))

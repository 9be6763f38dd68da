"""The first screen: what can be begun, and the runs that are there, as they stand."""

from __future__ import annotations

import time
from collections.abc import Collection
from pathlib import Path

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option

from lora_wizard.dropped_path import dropped_path
from lora_wizard.errors import LoraWizardError
from lora_wizard.flow import (
    Flow,
    begin_with_defaults,
    draft_path,
    read_draft,
    remove_draft,
)
from lora_wizard.queue import queued_runs
from lora_wizard.runs import RunFolder, find_runs, run_status
from lora_wizard.ui.base import WizardScreen
from lora_wizard.ui.dialogs import ConfirmDialog, HelpScreen, InputDialog
from lora_wizard.ui.home.entries import (
    BEGINNINGS,
    Beginning,
    RunEntry,
    beginning_detail,
    in_order,
)
from lora_wizard.ui.home.importing import ImportScreen, file_problem, open_file
from lora_wizard.ui.home.presets import PresetsScreen
from lora_wizard.ui.keys import Key
from lora_wizard.ui.paths import PathSuggester

__all__ = ["HomeScreen"]

_SHORTEST_LOOK = 2.0
"""Seconds between two looks at runs that are being trained."""


class HomeScreen(WizardScreen[None]):
    """Begins a LoRA, or opens a run."""

    CSS_PATH = "home.tcss"
    KEYS = (
        Key("enter", "open", "home.keys.open", show=True),
        Key("delete", "forget", "home.keys.forget", show=False),
        Key("f5", "refresh", "home.keys.refresh", show=False),
        Key("f8", "language", "home.keys.language"),
        Key("f1,question_mark", "help", "home.keys.help"),
        Key("q", "quit", "home.keys.quit"),
        Key("j", "down", "home.keys.open", show=False, moves=True),
        Key("k", "up", "home.keys.open", show=False, moves=True),
    )

    def __init__(self) -> None:
        super().__init__()
        self._draft: Flow | None = None
        self._runs: list[RunEntry] = []

    def compose(self) -> ComposeResult:
        """The list, and under it what is said of the line under the cursor."""
        title = Text.assemble((self.wizard_app.TITLE, "bold"), "  ", self.words("home.motto"))
        yield Static(title, classes="title-line")
        yield OptionList(id="entries", compact=True, markup=False)
        yield Static("", id="detail", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Looks at draft and runs, and again at those that move."""
        self.look_again()
        self.set_interval(max(_SHORTEST_LOOK, self.settings.redraw_seconds), self._look_at_moving)

    def look_again(self) -> None:
        """Reads the draft and the runs anew."""
        try:
            self._draft = read_draft(draft_path())
        except LoraWizardError as error:
            self._draft = None
            self.notify(str(error), severity="warning", timeout=10)
        self._fill(keep_place=False)
        self._look_at_runs()

    # The list

    @property
    def beginnings(self) -> tuple[Beginning, ...]:
        """The ways to begin as things are."""
        return tuple(one for one in BEGINNINGS if one != "draft" or self._draft is not None)

    def _fill(self, *, keep_place: bool = True) -> None:
        entries = self.query_one("#entries", OptionList)
        place = entries.highlighted if keep_place else None
        chosen = entries.get_option_at_index(place).id if place is not None else None
        entries.clear_options()
        entries.add_option(Option(Text(self.words("home.begin"), "bold"), disabled=True))
        for one in self.beginnings:
            entries.add_option(Option(f"  {self.words(f'home.entry.{one}')}", id=one))
        root = str(self.settings.root)
        entries.add_options(
            [None, Option(Text(self.words("home.runs", root=root), "bold"), disabled=True)]
        )
        for number, run in enumerate(self._runs):
            entries.add_option(Option(self._line(run), id=f"run-{number}"))
        if not self._runs:
            entries.add_option(Option(f"  {self.words('home.no_runs')}", disabled=True))
        known = [entries.get_option_at_index(n).id for n in range(entries.option_count)]
        first = known.index("new") if self._is_for_another() else 1
        entries.highlighted = known.index(chosen) if chosen in known and chosen else first
        entries.focus()

    def _is_for_another(self) -> bool:
        """Whether the command line names other pictures or another base than the draft has."""
        named = self.wizard_app.opening.answers
        draft = self._draft
        return draft is not None and any(draft.value(key) != named[key] for key in named)

    def _line(self, run: RunEntry) -> Text:
        width = 24 if self.size.width < 80 else 34
        return Text("  ") + run.line(self.settings.language, time.time(), width)

    @property
    def chosen(self) -> Beginning | RunEntry | None:
        """What the cursor is on."""
        entries = self.query_one("#entries", OptionList)
        if entries.highlighted is None:
            return None
        name = entries.get_option_at_index(entries.highlighted).id or ""
        if name.startswith("run-"):
            return self._runs[int(name.removeprefix("run-"))]
        return next((one for one in BEGINNINGS if one == name), None)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Says more of the line under the cursor."""
        chosen, language = self.chosen, self.settings.language
        if isinstance(chosen, RunEntry):
            words = chosen.detail(language)
        else:
            words = "" if chosen is None else beginning_detail(chosen, self._draft, language)
        self.query_one("#detail", Static).update(words)

    # Runs, looked at beside the screen: a long log takes a moment to read

    @work(thread=True, exclusive=True, group="runs", exit_on_error=False)
    def _look_at_runs(self) -> None:
        queued = queued_runs(self.settings.root)
        found = [look_at_run(one, queued) for one in find_runs(self.settings.root)]
        self.app.call_from_thread(self._show_runs, in_order(found))

    def _look_at_moving(self) -> None:
        if self.is_current and any(run.moves for run in self._runs):
            self._look_at_moving_runs()

    @work(thread=True, exclusive=True, group="runs", exit_on_error=False)
    def _look_at_moving_runs(self) -> None:
        queued = queued_runs(self.settings.root)
        found = [look_at_run(one.folder, queued) if one.moves else one for one in self._runs]
        self.app.call_from_thread(self._show_runs, found)

    def _show_runs(self, runs: list[RunEntry]) -> None:
        same = [one.folder for one in runs] == [one.folder for one in self._runs]
        changed = [n for n, one in enumerate(runs) if not same or one != self._runs[n]]
        self._runs = runs
        if not same:
            self._fill()
            return
        entries = self.query_one("#entries", OptionList)
        for number in changed:
            entries.replace_option_prompt(f"run-{number}", self._line(runs[number]))

    # What the keys do

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter on a line."""
        self.action_open()

    def action_open(self) -> None:
        """Opens what the cursor is on."""
        chosen = self.chosen
        if isinstance(chosen, RunEntry):
            self.wizard_app.open_monitor(chosen.folder)
        elif chosen == "draft" and self._draft is not None:
            draft = self._draft.with_language(self.settings.language)
            self.wizard_app.open_questions(draft.with_given(self.wizard_app.opening.answers))
        elif chosen == "new":
            self._begin_new()
        elif chosen == "preset":
            self.app.push_screen(PresetsScreen(), self.begin)
        elif chosen == "file":
            self._ask_file()

    def begin(self, flow: Flow | None) -> None:
        """Goes to the first question; nothing where the user came back without a beginning."""
        if flow is not None:
            given = self.wizard_app.opening.answers
            self.wizard_app.open_questions(
                flow.with_language(self.settings.language).with_given(given)
            )

    def _begin_new(self) -> None:
        try:
            self.begin(Flow(begin_with_defaults()))
        except LoraWizardError as error:
            self.wizard_app.report(error)

    def _ask_file(self) -> None:
        no_file = self.words("home.import.no_file")
        self.app.push_screen(
            InputDialog(
                self.words("home.import.ask_title"),
                self.words("home.import.ask_label"),
                check=lambda path: file_problem(path, no_file),
                suggester=PathSuggester(),
            ),
            self._read_file,
        )

    def _read_file(self, path: str | None) -> None:
        if path is None:
            return
        path = dropped_path(path)
        try:
            opened = open_file(Path(path).expanduser(), self.settings.language)
        except LoraWizardError as error:
            self.wizard_app.report(error)
            return
        if isinstance(opened, Flow):
            self.begin(opened)
        else:
            self.app.push_screen(ImportScreen(path, opened), self.begin)

    def action_forget(self) -> None:
        """Throws the draft away, after a question."""
        if self.chosen != "draft":
            return

        def forget(sure: bool | None) -> None:
            if sure:
                remove_draft(draft_path())
                self.look_again()

        self.app.push_screen(
            ConfirmDialog(
                self.words("home.keys.forget"),
                self.words("home.keys.forget_help"),
                self.words("app.keys.yes"),
                self.words("app.keys.no"),
                careful=True,
            ),
            forget,
        )

    def action_refresh(self) -> None:
        """Looks again."""
        self.look_again()

    def action_language(self) -> None:
        """The other language, at once."""
        self.wizard_app.change_language()

    def action_help(self) -> None:
        """Help for this screen."""
        help_text = self.words("home.help.text")
        self.app.push_screen(HelpScreen(self.wizard_app.TITLE, help_text, self.key_table()))

    def action_quit(self) -> None:
        """Leaves the app."""
        self.wizard_app.leave()

    def action_down(self) -> None:
        """As the arrow."""
        self.query_one("#entries", OptionList).action_cursor_down()

    def action_up(self) -> None:
        """As the arrow."""
        self.query_one("#entries", OptionList).action_cursor_up()


def look_at_run(folder: RunFolder, queued: Collection[RunFolder] = ()) -> RunEntry:
    """How a run stands; one unreadable log must not hide the others."""
    try:
        return RunEntry(folder, run_status(folder), folder in queued)
    except LoraWizardError as error:
        return RunEntry(folder, error)

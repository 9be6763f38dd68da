"""The app: which screen is shown, and how one comes to the next. The screens do the rest."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import work
from textual.app import SystemCommand
from textual.screen import Screen

from lora_wizard.errors import LoraWizardError
from lora_wizard.explaining import error_words
from lora_wizard.flow import Flow, Speed, draft_path, remove_draft
from lora_wizard.language import LANGUAGES, text
from lora_wizard.output import printable, printable_lines
from lora_wizard.questions import Value
from lora_wizard.queue import QueueFolder, add, found_beside, start_worker, worker_record
from lora_wizard.runs import RunFolder, create_run, launch, unused_run_path
from lora_wizard.ui.base import WizardScreen
from lora_wizard.ui.dialogs import ChooseDialog, HelpScreen, TextDialog
from lora_wizard.ui.home import HomeScreen
from lora_wizard.ui.palette import Palette
from lora_wizard.ui.settings import UiSettings
from lora_wizard.ui.steady import SteadyScreen
from lora_wizard.ui.wire import TextGate, WiredApp
from lora_wizard.ui.wizard import FlowScreen, Material, QuestionScreen, ReviewScreen

__all__ = ["Opening", "WizardApp"]


@dataclass(frozen=True, slots=True)
class Opening:
    """What the app was called with."""

    images: Path | None = None
    base: str | None = None
    monitors: tuple[RunFolder, ...] = ()
    """A run to look at at once; the user chooses where there are several."""

    @property
    def answers(self) -> dict[str, Value]:
        """Answers that came with the command line."""
        found: dict[str, Value] = {}
        if self.images is not None:
            found["data.images"] = str(self.images.expanduser().absolute())
        if self.base is not None:
            found["model.base"] = self.base
        return found


class WizardApp(WiredApp[None]):
    """The whole app. The first screen stays below all others, so one always comes back to it.

    Args:
        settings: How everything is shown.
        opening: What to begin with.
    """

    TITLE = "LoRA Wizard"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (as Textual declares it)
        (0, "-narrow"),
        (80, "-wide"),
        (120, "-very-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-short"),
        (24, "-tall"),
        (36, "-very-tall"),
    ]

    def __init__(self, settings: UiSettings, opening: Opening | None = None) -> None:
        gate = TextGate(ascii=settings.ascii, encoding=settings.encoding)
        super().__init__(gate, paced=settings.paced)
        self.settings = settings
        self.opening = opening or Opening()
        self.measured: tuple[Speed, ...] = ()
        """What was measured for a time estimate since the app began, newest first."""
        self.trainers: list[subprocess.Popen[bytes]] = []
        """Trainers started from here that have not ended yet. They outlive the app."""
        self._starting = False

    @property
    def is_starting(self) -> bool:
        """Whether a trainer was just started and has not said its first word."""
        return self._starting

    def words(self, key: str, /, **values: object) -> str:
        """A text of the catalogue in the user's language."""
        return text(key, self.settings.language, **values)

    def on_mount(self) -> None:
        """The first screen, and a run above it where the command named one."""
        self.set_class(self.settings.ascii, "-ascii")
        self.push_screen(HomeScreen())
        if len(self.opening.monitors) == 1:
            self.open_monitor(self.opening.monitors[0])
        elif self.opening.monitors:
            self._choose_run(self.opening.monitors)

    def get_default_screen(self) -> Screen[Any]:
        """The empty screen below all others."""
        return SteadyScreen(id="_default")

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette offers, each thing once: keys by their words, questions, and leaving."""
        offered = set()
        if isinstance(screen, WizardScreen):
            for key in screen.KEYS:
                words = self.words(key.words)
                if "(" not in key.action and words not in offered and not key.moves:
                    offered.add(words)
                    runs = f"screen.{key.action}" if "." not in key.action else key.action
                    yield SystemCommand(words, "", lambda action=runs: self.run_action(action))
        if isinstance(screen, FlowScreen):
            yield from screen.question_commands()
        if (words := self.words("app.keys.quit")) not in offered:
            yield SystemCommand(words, "", self.action_quit)

    def action_command_palette(self) -> None:
        """Opens the palette of commands, once, in the user's language."""
        if self.use_command_palette and not isinstance(self.screen, Palette):
            self.push_screen(Palette(self.settings.language))

    def action_help_quit(self) -> None:
        """How to leave, for those who press ctrl+c: what is copied with it must not end the app."""
        self.notify(self.words("app.quit_hint"), title=self.words("app.quit_title"))

    # Where one goes

    def open_home(self) -> None:
        """The first screen, anew."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        home = self.screen
        if isinstance(home, HomeScreen):
            home.look_again()

    def open_questions(self, flow: Flow, material: Material | None = None) -> None:
        """The question at which the flow stands, or the review where it stands there."""
        if flow.question is None:
            self.open_review(flow, material)
        else:
            self._show(QuestionScreen(flow, material))

    def open_review(
        self, flow: Flow, material: Material | None = None, *, expert: bool = False
    ) -> None:
        """All answers of the flow; the cursor on the expert ones where one asked for them."""
        self._show(ReviewScreen(flow, material, expert=expert))

    def _choose_run(self, folders: Sequence[RunFolder]) -> None:
        """Asks which of several runs to look at; the first screen is below."""

        def opened(choice: str | None) -> None:
            if choice is not None:
                self.open_monitor(folders[int(choice)])

        choices = [(str(number), printable(one.name)) for number, one in enumerate(folders)]
        self.push_screen(
            ChooseDialog(self.words("app.which.title"), self.words("app.which.body"), choices),
            opened,
        )

    def open_monitor(self, folder: RunFolder) -> None:
        """A run."""
        from lora_wizard.ui.monitor import MonitorScreen  # the chart needs numpy

        self._show(MonitorScreen(folder))

    def _show(self, screen: Screen[Any]) -> None:
        while len(self.screen_stack) > 2:
            self.pop_screen()
        self.push_screen(screen)

    # What is done

    def change_language(self) -> None:
        """The next language, from the first screen on."""
        place = (LANGUAGES.index(self.settings.language) + 1) % len(LANGUAGES)
        self.settings = replace(self.settings, language=LANGUAGES[place])
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(HomeScreen())

    def open_help(self, title: str, words: str, keys: Sequence[tuple[str, str]]) -> None:
        """The help page of the screen or dialog that is shown."""
        self.push_screen(HelpScreen(title, words, keys))

    def report(self, error: LoraWizardError | OSError) -> None:
        """Says what went wrong and what to do, in a dialog."""
        self.push_screen(
            TextDialog(self.words("app.trouble"), error_words(error, self.settings.language))
        )

    def start(self, flow: Flow) -> None:
        """Starts a training, or asks first where another one runs or waits."""
        if self._starting:
            return
        beside = found_beside(self.settings.root)
        if not beside:
            self._start(flow, queued=False)
            return

        def go_on(choice: str | None) -> None:
            if choice is not None:
                self._start(flow, queued=choice == "queue")

        key = "running" if beside.running else "waiting"
        values = {"names": ", ".join(beside.running), "waiting": beside.waiting}
        self.push_screen(
            ChooseDialog(
                self.words("app.beside.title"),
                self.words(f"app.beside.{key}", **values),
                [(one, self.words(f"app.beside.{one}")) for one in ("queue", "now")],
            ),
            go_on,
        )

    def _start(self, flow: Flow, *, queued: bool) -> None:
        """Makes the run's folder; starts its trainer or queues it. Errors are said."""
        try:
            recipe = flow.result()
            path = flow.output or unused_run_path(
                self.settings.root, recipe.saving.name, on=date.today()
            )
            folder = create_run(Path(path), recipe)
            remove_draft(draft_path())
            if queued:
                entry = add(QueueFolder.of_root(self.settings.root), folder, now=time.time())
        except (LoraWizardError, OSError) as error:
            self.report(error)
            return
        if not queued:
            self.start_run(folder)
            return
        self.open_home()
        self.notify(self.words("app.beside.queued", number=entry.number, name=folder.name))
        self._start_queue()

    @work(thread=True, exit_on_error=False)
    def _start_queue(self) -> None:
        """Starts the queue's worker, unless one works; it waits for runs outside it to end."""
        queue = QueueFolder.of_root(self.settings.root)
        if worker_record(queue) is not None:
            return
        try:
            start_worker(queue)
        except LoraWizardError as error:
            self.call_from_thread(self.report, error)

    def start_run(self, folder: RunFolder) -> None:
        """Starts the trainer of a run that is new or was interrupted, and shows it."""
        if self._starting:
            return
        self._starting = True
        self.notify(self.words("app.starting", name=folder.name))
        self.open_monitor(folder)
        self._launch(folder)

    @work(thread=True, exit_on_error=False)
    def _launch(self, folder: RunFolder) -> None:
        """Waits for the trainer's first word beside the screen: torch takes seconds to load."""
        try:
            process = launch(folder)
        except (LoraWizardError, OSError) as error:
            self.call_from_thread(self.report, error)
        else:
            self.trainers.append(process)
            self.call_from_thread(self._reap)
        finally:
            self._starting = False

    def _reap(self) -> None:
        """Looks now and then whether trainers have ended, so that they leave no zombies."""
        self.trainers = [one for one in self.trainers if one.poll() is None]
        if self.trainers:
            self.set_timer(self.settings.redraw_seconds, self._reap)

    def leave(self, message: str = "") -> None:
        """Ends the app, with a line on the terminal that is left. Training goes on."""
        self.exit(message=Text(printable_lines(message)) if message else None)

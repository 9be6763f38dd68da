"""The two ways to show a run: a bar that is redrawn, and lines that stay."""

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

from lora_wizard.runs import Checkpoint, Event, Note, Phase, Sample, Step, Summary, Validation
from lora_wizard.runs.words import duration_words

__all__ = ["BarView", "LineView", "View", "numbers_words", "phase_words", "say"]

_PHASES = {
    "": "Starting",
    "loading": "Loading the model",
    "caching_latents": "Encoding pictures",
    "caching_text": "Encoding captions",
    "compiling": "Compiling the steps",
    "training": "Training",
    "validating": "Measuring held-out pictures",
    "sampling": "Drawing samples",
    "saving": "Saving",
}

_REDRAWS_PER_SECOND = 2
"""Every redraw goes over the wire of an SSH session."""

_LEAST_BAR = 6
"""Columns of a bar that still says something."""


class View(Protocol):
    """Shows what the log tells. Used as a context, so that the terminal is left as it was."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, events: Sequence[Event], summary: Summary) -> None:
        """New events, and the whole run after them."""


def say(console: Console, text: str) -> None:
    """Prints text as it is: no markup in a path or a prompt, no wrapping."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def phase_words(name: str) -> str:
    """A phase for people; one that is not known is shown as it is."""
    return _PHASES.get(name, name.replace("_", " ").capitalize())


def numbers_words(summary: Summary, room: int | None = None) -> str:
    """Loss, speed and time left, as far as they are known.

    Args:
        summary: The run.
        room: Columns to fill at most; where they do not do, speed goes first, then the loss.
    """
    loss = speed = left = ""
    if summary.smoothed_loss is not None:
        loss = f"loss {summary.smoothed_loss:.4f}"
    if summary.seconds is not None:
        speed = f"{summary.seconds:.2f} s/step"
    if summary.time_left is not None:
        left = f"about {duration_words(summary.time_left)} left"
    for words in ((loss, speed, left), (loss, left), (left,)):
        text = "  ".join(filter(None, words))
        if room is None or len(text) <= room:
            return text
    return ""


class BarView:
    """One bar for what is going on now; sentences of the trainer stay above it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
            BarColumn(bar_width=None, table_column=Column(ratio=1, min_width=_LEAST_BAR)),
            TextColumn("{task.fields[count]}", markup=False, table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[numbers]}", markup=False, table_column=Column(no_wrap=True)),
            console=console,
            refresh_per_second=_REDRAWS_PER_SECOND,
            transient=True,
            expand=True,
        )
        self._task = self._progress.add_task(phase_words(""), total=None, count="", numbers="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, events: Sequence[Event], summary: Summary) -> None:
        for event in events:
            if isinstance(event, Note | Checkpoint | Validation):
                say(self._console, _line(event))
        steps = (
            summary.phase in ("training", "validating", "sampling", "saving") and summary.total > 0
        )
        done = summary.step if steps else summary.phase_done
        total = summary.total if steps else summary.phase_total
        phase = phase_words(summary.phase)
        count = f"{done}/{total}" if total else ""
        room = self._console.width - len(phase) - len(count) - _LEAST_BAR - 3
        # A total of None makes the bar pulse; rich keeps the old one when it is only left out.
        self._progress.tasks[0].total = total or None
        self._progress.update(
            self._task,
            description=phase,
            completed=done,
            count=count,
            numbers=numbers_words(summary, room) if steps else "",
        )


class LineView:
    """Plain lines for a log file or a pipe: phases, saves, sentences, and about ten of progress."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phases: set[str] = set()
        self._tenths = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None

    def show(self, events: Sequence[Event], summary: Summary) -> None:
        for event in events:
            self._show_event(event)
        if any(isinstance(event, Step) for event in events) and summary.total:
            tenths = summary.step * 10 // summary.total
            if tenths > self._tenths:
                self._tenths = tenths
                percent = summary.step * 100 // summary.total
                head = f"step {summary.step}/{summary.total} ({percent} %)"
                say(self._console, f"{head}  {numbers_words(summary)}".rstrip())

    def _show_event(self, event: Event) -> None:
        match event:
            # Sampling and saving come again and again, and their results have lines of their own.
            case Phase(name=name) if name not in self._phases:
                self._phases.add(name)
                say(self._console, phase_words(name))
            case Note() | Checkpoint() | Sample() | Validation():
                say(self._console, _line(event))


def _line(event: Note | Checkpoint | Sample | Validation) -> str:
    match event:
        case Note(level="info"):
            return event.text
        case Note():
            return f"{event.level.capitalize()}: {event.text}"
        case Checkpoint():
            return f"Saved after step {event.step}: {event.path}"
        case Validation():
            return f"Held-out pictures after step {event.step}: loss {event.loss:.4f}"
        case Sample():
            return f"Drawn after step {event.step}: {event.path}"

"""The lines of the first screen: what each says, and what is said of it below. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len
from rich.text import Text

from lora_wizard.errors import LoraWizardError
from lora_wizard.flow import REVIEW, Flow
from lora_wizard.language import Language, text
from lora_wizard.questions import BY_KEY
from lora_wizard.runs import RunFolder, RunState, RunStatus
from lora_wizard.runs.words import duration_words

__all__ = ["BEGINNINGS", "Beginning", "RunEntry", "beginning_detail", "in_order", "state_words"]

Beginning = Literal["draft", "new", "preset", "file"]
BEGINNINGS: tuple[Beginning, ...] = ("draft", "new", "preset", "file")

_COLOURS = {
    RunState.RUNNING: "bold green",
    RunState.FINISHED: "cyan",
    RunState.STOPPED: "yellow",
    RunState.FAILED: "bold red",
    RunState.LOST: "bold red",
    RunState.CREATED: "dim",
}


@dataclass(frozen=True, slots=True)
class RunEntry:
    """One run, and how it stood when it was looked at."""

    folder: RunFolder
    status: RunStatus | LoraWizardError
    is_queued: bool = False
    """Whether it has not begun and waits in the queue."""

    @property
    def is_running(self) -> bool:
        """Whether it changes by itself."""
        return isinstance(self.status, RunStatus) and self.status.state is RunState.RUNNING

    @property
    def is_moving(self) -> bool:
        """Whether it may change by itself: it is being trained, or the queue may start it."""
        return self.is_running or self.is_queued

    def line(self, language: Language, now: float, name_width: int = 24) -> Text:
        """Its line: name, state, progress, time."""
        name = _fitted(self.folder.name, name_width)
        if not isinstance(self.status, RunStatus):
            return Text.assemble(name, "  ", (text("home.run.unreadable", language), "bold red"))
        summary, state = self.status.summary, self.status.state
        words = _padded(self._state(language), 12)
        parts: list[str | tuple[str, str]] = [name, "  ", (words, _COLOURS[state])]
        if summary.total:
            parts.append(f" {summary.step * 100 // summary.total:>3} %")
        if state is RunState.RUNNING and summary.time_left is not None:
            left = text("home.run.left", language, left=duration_words(summary.time_left, language))
            parts.append(f"  {left}")
        elif summary.updated_at is not None:
            ago = duration_words(max(now - summary.updated_at, 0), language)
            parts.append((f"  {text('home.run.ago', language, ago=ago)}", "dim"))
        return Text.assemble(*parts, no_wrap=True)

    def _state(self, language: Language) -> str:
        assert isinstance(self.status, RunStatus)
        if self.is_queued:
            return text("home.run.queued", language)
        return state_words(self.status, language)

    def detail(self, language: Language) -> str:
        """What is said of it under the list."""
        if not isinstance(self.status, RunStatus):
            return str(self.status)
        summary, state = self.status.summary, self.status.state
        numbers = []
        if summary.total:
            steps = {"step": summary.step, "total": summary.total}
            numbers.append(text("home.run.steps", language, **steps))
        if summary.smoothed_loss is not None:
            loss = f"{summary.smoothed_loss:.4f}"
            numbers.append(text("home.run.loss", language, loss=loss))
        final = self.folder.path / summary.final if summary.final else self.folder.path
        words = text(
            "home.run.detail_queued" if self.is_queued else f"home.run.detail_{state.value}",
            language,
            path=final,
            step=summary.step,
            total=summary.total,
            error=summary.failure.error if summary.failure else "",
        )
        return "\n".join(filter(None, [self.folder.name, "   ".join(numbers), words]))


def in_order(entries: Sequence[RunEntry]) -> list[RunEntry]:
    """Those being trained first; otherwise as they came, newest first."""
    return sorted(entries, key=lambda entry: not entry.is_running)


def state_words(status: RunStatus, language: Language) -> str:
    """A run's state in a word or two."""
    if status.elsewhere:
        return text("home.run.running_on", language, host=status.elsewhere)
    return text(f"home.run.{status.state.value}", language)


def beginning_detail(beginning: Beginning, draft: Flow | None, language: Language) -> str:
    """What is said of a way to begin under the list."""
    if beginning != "draft" or draft is None:
        return text(f"home.entry.{beginning}_detail", language)
    place = text("home.entry.draft_review", language)
    if draft.place != REVIEW:
        place = BY_KEY[draft.place].title(language)
    return text("home.entry.draft_detail", language, answers=len(draft.given), place=place)


def _fitted(words: str, width: int) -> str:
    """Words in exactly so many cells; a long name keeps its end, which tells runs apart."""
    while cell_len(words) > width:
        words = f"…{words[2:]}" if words.startswith("…") else f"…{words[1:]}"
    return _padded(words, width)


def _padded(words: str, width: int) -> str:
    return words + " " * max(width - cell_len(words), 0)

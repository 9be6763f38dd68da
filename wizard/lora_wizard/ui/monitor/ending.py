"""How a run ended and what to do next, in words; and what its trainer printed. Pure."""

from __future__ import annotations

from rich.text import Text

from lora_wizard.language import Language, text
from lora_wizard.runs import RunState, attach_command, resume_command, short_path
from lora_wizard.runs.words import duration_words
from lora_wizard.ui.monitor.reading import LookedAt

__all__ = ["ending_text", "leaving_words", "printed_text"]


def ending_text(looked: LookedAt, language: Language) -> Text:
    """For a run that is over: what happened, and what comes next. Empty for one that is not."""
    status = looked.status
    summary, folder = status.summary, status.folder
    if looked.advice is not None:
        return _failure_text(looked, language)
    if status.state is RunState.FINISHED and summary.finished is not None:
        took = duration_words(summary.finished.seconds, language)
        steps = text("monitor.end.finished", language, steps=summary.finished.steps, time=took)
        path = short_path(folder.path / summary.finished.path)
        lines = [steps, text("monitor.end.lora", language, path=path)]
        if looked.trigger:
            lines.append(text("monitor.end.trigger", language, trigger=looked.trigger))
        return Text("\n".join([*lines, *looked.next_lines]))
    if status.state is RunState.STOPPED:
        key = "monitor.end.stopped" if summary.step else "monitor.end.stopped_early"
        stopped = text(key, language, step=summary.step, total=summary.total)
        command = resume_command(folder)
        return Text.assemble(stopped, "\n", text("monitor.end.go_on", language, command=command))
    return Text()


def _failure_text(looked: LookedAt, language: Language) -> Text:
    advice = looked.advice
    assert advice is not None
    found = Text()
    found.append(f"{advice.title}\n", "bold red")
    found.append(f"{advice.what}\n")
    if advice.advice:
        found.append(f"{text('monitor.end.what_to_do', language)}\n", "bold")
    for number, sentence in enumerate(advice.advice, 1):
        found.append(f"{number}. {sentence}\n")
    if looked.status.state is RunState.LOST and looked.printed:
        found.append(f"{text('monitor.end.last_words', language)}\n", "bold")
        found.append(f"{looked.printed}\n", "dim")
    found.append(text("monitor.end.more", language), "dim")
    return found


def printed_text(looked: LookedAt, console: str, language: Language) -> Text:
    """The traceback, where there is one, and the end of what the trainer printed."""
    found = Text()
    traceback = looked.advice.traceback if looked.advice else ""
    if traceback and traceback.strip() not in console:
        found.append(f"{text('monitor.console.traceback', language)}\n", "bold")
        found.append(f"{traceback.rstrip()}\n\n")
        found.append(f"{text('monitor.console.title', language)}\n", "bold")
    found.append(console or text("monitor.console.nothing", language))
    return found


def leaving_words(looked: LookedAt | None, language: Language) -> str:
    """For the terminal that is left: how to come back."""
    if looked is None:
        return ""
    is_running = looked.status.state is RunState.RUNNING or looked.is_starting
    key = "monitor.resting" if is_running else "monitor.ended"
    return text(key, language, command=attach_command(looked.status.folder))

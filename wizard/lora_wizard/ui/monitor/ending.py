"""What became of a run that is not being trained, and what to do. Pure."""

from __future__ import annotations

from rich.text import Text

from lora_wizard.language import Language, text
from lora_wizard.runs import RunState, resume_command
from lora_wizard.ui.monitor.reading import LookedAt
from lora_wizard.ui.monitor.wording import STATE_STYLES, duration

__all__ = ["ending_text"]


def ending_text(looked: LookedAt, language: Language) -> Text:
    """Of a run that failed or was lost: the cause and the advice first. Empty while it trains."""
    status = looked.status
    summary = status.summary
    style = STATE_STYLES[status.state]
    if looked.advice is not None:
        return _failure(looked, language)
    if status.state is RunState.FINISHED and summary.finished is not None:
        took = duration(summary.finished.seconds, language)
        values = {"steps": summary.finished.steps, "time": took}
        lora = text("monitor.end.lora", language, path=status.folder.path / summary.finished.path)
        found = Text(text("monitor.end.finished", language, **values), style)
        return found.append(f"\n{lora}", "bold")
    if status.state is RunState.STOPPED:
        steps = {"step": summary.step, "total": summary.total}
        command = resume_command(status.folder)
        found = Text(text("monitor.end.stopped", language, **steps), style)
        return found.append(f"\n{text('monitor.end.go_on', language, command=command)}", "default")
    return Text()


def _failure(looked: LookedAt, language: Language) -> Text:
    advice = looked.advice
    assert advice is not None
    found = Text.assemble((advice.title, "bold red"), "\n", advice.what)
    if advice.advice:
        found.append(f"\n{text('monitor.end.what_to_do', language)}", "bold")
        for one in advice.advice:
            found.append(f"\n- {one}")
    found.append(f"\n{text('monitor.end.more', language)}", "dim")
    return found

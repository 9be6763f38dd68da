"""What a trainer printed, or the traceback of its failure."""

from __future__ import annotations

from lora_wizard.language import Language
from lora_wizard.runs import RunState, RunStatus, console_tail, failure_advice

__all__ = ["printed_text"]

_LINES = 400


def printed_text(status: RunStatus, language: Language) -> str:
    """For a failed run its traceback, for others the end of the console; may be empty."""
    printed = console_tail(status.folder, _LINES)
    if status.state in (RunState.FAILED, RunState.LOST):
        traceback = failure_advice(status, language).traceback
        if traceback and traceback not in printed:
            return f"{printed}\n\n{traceback}".strip()
    return printed

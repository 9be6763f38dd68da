"""How a run ended, and what to do next, in a few lines."""

from lora_wizard.errors import LoraWizardError
from lora_wizard.progress.next_steps import next_lines
from lora_wizard.recipe import read_recipe
from lora_wizard.runs import (
    RunFolder,
    RunState,
    RunStatus,
    attach_command,
    console_tail,
    failure_advice,
    resume_command,
    short_path,
)
from lora_wizard.runs.words import duration_words

__all__ = ["attach_command", "farewell_lines", "resume_command", "trigger_of"]


def farewell_lines(status: RunStatus) -> list[str]:
    """The last words on a run, plain text. A traceback is not among them."""
    summary, folder = status.summary, status.folder
    match status.state:
        case RunState.RUNNING:
            return [f"Training goes on. Come back with: {attach_command(folder)}"]
        case RunState.CREATED:
            return [f"It has not begun. Begin it with: {resume_command(folder)}"]
        case RunState.FINISHED if summary.finished is not None:
            took = duration_words(summary.finished.seconds)
            lines = [f"Finished: {summary.finished.steps} steps in {took}."]
            lines.append(f"LoRA: {short_path(folder.path / summary.finished.path)}")
            if trigger := trigger_of(folder):
                lines.append(f"In a prompt, type: {trigger}")
            lines += next_lines(folder, summary.finished.path)
            if summary.samples:
                lines.append(f"Samples: {short_path(folder.samples)}")
            return lines
        case RunState.STOPPED if summary.step == 0:
            return ["Stopped before its first step.", f"Begin with: {resume_command(folder)}"]
        case RunState.STOPPED:
            return [
                f"Stopped after step {summary.step} of {summary.total}; everything is saved.",
                f"Go on with: {resume_command(folder)}",
            ]
        case RunState.FAILED:
            told = failure_advice(status)
            printed = f"All that it printed: {short_path(folder.console_path)}"
            return [f"Failed: {told.what}", *told.advice, printed]
    return _lost_lines(status)


def trigger_of(folder: RunFolder) -> str:
    """The word that calls what a run trained, as its recipe has it; empty where there is none."""
    try:
        return read_recipe(folder.recipe_path).data.trigger
    except LoraWizardError:
        return ""


def _lost_lines(status: RunStatus) -> list[str]:
    told = failure_advice(status)
    return [told.what, *_last_words(status.folder), *told.advice]


def _last_words(folder: RunFolder) -> list[str]:
    printed = console_tail(folder)
    return [f"Its last words in {short_path(folder.console_path)}:", printed] if printed else []

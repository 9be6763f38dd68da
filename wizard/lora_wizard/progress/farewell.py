"""How a run ended, and what to do next, in a few lines."""

import shlex
from pathlib import Path

from lora_wizard.runs import DEFAULT_ROOT, RunFolder, RunState, RunStatus, console_tail
from lora_wizard.runs.words import duration_words

__all__ = ["attach_command", "farewell_lines", "resume_command"]


def resume_command(folder: RunFolder) -> str:
    """What to type to go on with a run: by name where it lies among the runs of this folder."""
    return f"lora-wizard resume {_run_word(folder)}"


def attach_command(folder: RunFolder) -> str:
    """What to type to look at a run again."""
    return f"lora-wizard attach {_run_word(folder)}"


def _run_word(folder: RunFolder) -> str:
    in_root = folder.path.parent == RunFolder(DEFAULT_ROOT).path
    return shlex.quote(folder.name if in_root else str(_short(folder.path)))


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
            lines.append(f"LoRA: {_short(folder.path / summary.finished.path)}")
            if summary.samples:
                lines.append(f"Samples: {_short(folder.samples)}")
            return lines
        case RunState.STOPPED:
            return [
                f"Stopped after step {summary.step} of {summary.total}; everything is saved.",
                f"Go on with: {resume_command(folder)}",
            ]
        case RunState.FAILED if summary.failure is not None:
            return [
                f"Failed: {summary.failure.error}",
                *([summary.failure.hint] if summary.failure.hint else []),
                f"All that it printed: {_short(folder.console_path)}",
                *_resume_lines(folder),
            ]
    return _lost_lines(folder)


def _lost_lines(folder: RunFolder) -> list[str]:
    printed = console_tail(folder)
    return [
        "The training process ended without a word (killed, out of memory, a power cut).",
        *([f"Its last words in {_short(folder.console_path)}:", printed] if printed else []),
        *_resume_lines(folder),
    ]


def _resume_lines(folder: RunFolder) -> list[str]:
    """Only where there is a saved state to go on from."""
    if folder.state.is_dir() and any(folder.state.iterdir()):
        return [f"Go on from the last saved state with: {resume_command(folder)}"]
    return []


def _short(path: Path) -> Path:
    """Relative to the working folder where it lies below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path

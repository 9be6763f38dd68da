"""What would be lost if a trainer were killed now."""

from dataclasses import dataclass

from lora_wizard.runs.events import Step
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.log import read_events

__all__ = ["Unsaved", "unsaved"]


@dataclass(frozen=True, slots=True)
class Unsaved:
    """The part of a run that lies in the trainer's memory only."""

    saved_at: float | None
    """When the last state was saved, seconds since 1970; None where none was."""
    steps: int
    """Steps done since then, of all generations that count."""


def unsaved(folder: RunFolder) -> Unsaved:
    """The steps that came after the last saved state.

    Raises:
        RunError: The log cannot be read.
    """
    events, _ = read_events(folder.events_path)
    saved_at = _newest_state(folder)
    later = {
        event.step
        for event in events
        if isinstance(event, Step) and (saved_at is None or event.time > saved_at)
    }
    return Unsaved(saved_at, len(later))


def _newest_state(folder: RunFolder) -> float | None:
    """Half a file has a name that begins with a dot, and does not count."""
    try:
        files = [path for path in folder.state.iterdir() if not path.name.startswith(".")]
        return max((path.stat().st_mtime for path in files), default=None)
    except OSError:
        return None

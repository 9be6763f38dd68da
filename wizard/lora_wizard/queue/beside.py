"""What a new training would run beside: two on one device are slower, or run out of memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lora_wizard.errors import LoraWizardError
from lora_wizard.queue.entries import entries
from lora_wizard.queue.folder import QueueFolder
from lora_wizard.queue.starting import worker_record
from lora_wizard.runs import find_runs, read_record

__all__ = ["Beside", "found_beside", "trained_here"]


@dataclass(frozen=True, slots=True)
class Beside:
    """What trains, and what waits to be trained, in one folder of runs."""

    running: tuple[str, ...]
    """Names of the runs that are being trained on this machine."""
    waiting: int
    """Runs in the queue that are not trained yet."""
    is_worked_on: bool
    """Whether a process works on the queue."""

    def __bool__(self) -> bool:
        """Whether a new training should be asked about."""
        return bool(self.running) or (self.is_worked_on and self.waiting > 0)


def found_beside(root: Path) -> Beside:
    """What trains and waits in a folder of runs; what cannot be read counts as nothing."""
    queue = QueueFolder.of_root(root)
    running: tuple[str, ...] = ()
    try:
        running = trained_here(root)
        waiting = sum(not one.done for one in entries(queue))
        return Beside(running, waiting, worker_record(queue) is not None)
    except (LoraWizardError, OSError):
        return Beside(running, 0, False)


def trained_here(root: Path) -> tuple[str, ...]:
    """Names of the runs in a folder whose trainer lives on this machine; one elsewhere has its own
    device. No log is read, so it may be asked every second.

    Raises:
        RunError: The folder cannot be listed.
    """
    names = []
    for folder in find_runs(root):
        try:
            record = read_record(folder)
        except (LoraWizardError, OSError):
            continue
        if record is not None and record.is_here and record.process.alive():
            names.append(folder.name)
    return tuple(names)

"""What a new training would run beside: two on one device are slower, or run out of memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lora_wizard.errors import LoraWizardError
from lora_wizard.queue.entries import entries
from lora_wizard.queue.folder import QueueFolder
from lora_wizard.queue.starting import worker_record
from lora_wizard.runs import RunState, find_runs, run_state

__all__ = ["Beside", "found_beside"]


@dataclass(frozen=True, slots=True)
class Beside:
    """What trains, and what waits to be trained, in one folder of runs."""

    running: tuple[str, ...]
    """Names of the runs that are being trained."""
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
    running = []
    try:
        for folder in find_runs(root):
            try:
                if run_state(folder) is RunState.RUNNING:
                    running.append(folder.name)
            except (LoraWizardError, OSError):
                continue
        waiting = sum(not one.done for one in entries(queue))
        return Beside(tuple(running), waiting, worker_record(queue) is not None)
    except (LoraWizardError, OSError):
        return Beside(tuple(running), 0, False)

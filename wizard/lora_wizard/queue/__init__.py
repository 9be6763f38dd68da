"""Several runs one after another, by a worker that outlives the connection. No torch.

The queue lies beside its runs, in `ROOT/queue`: a small file for each run that waits, the process
that works on them, and its log. What a run is doing is never written there: its own folder tells.
"""

from lora_wizard.queue.beside import Beside, found_beside, trained_here
from lora_wizard.queue.entries import Entry, add, entries, finish, is_queued, queued_runs, remove
from lora_wizard.queue.folder import QueueFolder
from lora_wizard.queue.starting import start_worker, stop_worker, worker_log_tail, worker_record

__all__ = [
    "Beside",
    "Entry",
    "QueueFolder",
    "add",
    "entries",
    "finish",
    "found_beside",
    "is_queued",
    "queued_runs",
    "remove",
    "start_worker",
    "stop_worker",
    "trained_here",
    "worker_log_tail",
    "worker_record",
]

"""One run on the disk: its folder, its log, its process, and what follows from them. No torch.

Nothing here trains. The trainer writes through this package; everything else only reads, and asks
by `control/` and signals.
"""

from lora_wizard.runs.atomic import atomic_write, replacing
from lora_wizard.runs.choose import choose_run, running_runs
from lora_wizard.runs.control import (
    Request,
    request_sample,
    request_save,
    request_stop,
    take_requests,
)
from lora_wizard.runs.create import create_run, unused_run_path
from lora_wizard.runs.events import (
    Checkpoint,
    Event,
    Failed,
    Finished,
    Gpu,
    Note,
    Phase,
    Sample,
    Started,
    Step,
    Stopped,
    Validation,
)
from lora_wizard.runs.failure_cause import Cause
from lora_wizard.runs.failure_words import FailureAdvice, MemoryEstimate, failure_advice
from lora_wizard.runs.find import DEFAULT_ROOT, find_run, find_runs
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.launch import launch, trainer_command
from lora_wizard.runs.lock import hold_lock
from lora_wizard.runs.log import EventWriter, open_log, read_events
from lora_wizard.runs.process import ProcessIdentity
from lora_wizard.runs.record import RunRecord, read_record, write_record
from lora_wizard.runs.state import RunState, RunStatus, console_tail, run_state, run_status
from lora_wizard.runs.summary import Summary, SummaryFold, summarise
from lora_wizard.runs.typing_words import attach_command, resume_command, short_path
from lora_wizard.runs.unsaved import Unsaved, unsaved

__all__ = [
    "DEFAULT_ROOT",
    "Cause",
    "Checkpoint",
    "Event",
    "EventWriter",
    "Failed",
    "FailureAdvice",
    "Finished",
    "Gpu",
    "MemoryEstimate",
    "Note",
    "Phase",
    "ProcessIdentity",
    "Request",
    "RunFolder",
    "RunRecord",
    "RunState",
    "RunStatus",
    "Sample",
    "Started",
    "Step",
    "Stopped",
    "Summary",
    "SummaryFold",
    "Unsaved",
    "Validation",
    "atomic_write",
    "attach_command",
    "choose_run",
    "console_tail",
    "create_run",
    "failure_advice",
    "find_run",
    "find_runs",
    "hold_lock",
    "launch",
    "open_log",
    "read_events",
    "read_record",
    "replacing",
    "request_sample",
    "request_save",
    "request_stop",
    "resume_command",
    "run_state",
    "run_status",
    "running_runs",
    "short_path",
    "summarise",
    "take_requests",
    "trainer_command",
    "unsaved",
    "unused_run_path",
    "write_record",
]

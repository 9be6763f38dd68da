"""How a run stands: computed each time from its log and from the operating system, never stored.

A stored "running" is a lie after the first crash; a log that says how it ended, and a process that
is alive or not, cannot lie.
"""

from dataclasses import dataclass
from enum import StrEnum

from lora_wizard.files import read_tail
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.log import read_events
from lora_wizard.runs.record import RunRecord, read_record
from lora_wizard.runs.summary import Summary, summarise

__all__ = ["RunState", "RunStatus", "console_tail", "run_state", "run_status", "state_of"]


class RunState(StrEnum):
    """One word for how a run stands."""

    CREATED = "created"
    """Its folder is there; no trainer has begun."""
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    """It was asked to stop and saved everything."""
    FAILED = "failed"
    """It ended by an error and said so."""
    LOST = "lost"
    """Its process ended without a word: killed, out of memory, or the power went."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """A run as it stands at one moment."""

    folder: RunFolder
    state: RunState
    summary: Summary
    record: RunRecord | None

    @property
    def elsewhere(self) -> str:
        """The other host that trains it, or empty. There `running` means: its log has no end."""
        return "" if self.record is None or self.record.is_here else self.record.host


def state_of(summary: Summary, record: RunRecord | None, *, alive: bool) -> RunState:
    """The state, from what was read.

    Args:
        summary: Of the whole log.
        record: Of `run.json`.
        alive: Whether the recorded process lives; true for one on another host, as far as known.
    """
    end = summary.end
    # A resumed trainer names itself before it writes `started`: the end in the log is not its own.
    resuming = alive and end is not None and record is not None and record.started_at > end.time
    if end is None or resuming:
        if record is not None and alive:
            return RunState.RUNNING
        began = record is not None or summary.updated_at is not None
        return RunState.LOST if began else RunState.CREATED
    if summary.failure is not None:
        return RunState.FAILED
    return RunState.STOPPED if summary.stopped is not None else RunState.FINISHED


def run_status(folder: RunFolder, summary: Summary | None = None) -> RunStatus:
    """How a run stands now.

    Args:
        folder: The run.
        summary: Of its whole log, where that was read just now; it is read here otherwise.

    Raises:
        RunError: The log cannot be read.
    """
    record = read_record(folder)
    alive = record is not None and (not record.is_here or record.process.alive())
    # The log is read after the process was looked at: what it wrote last before it ended counts.
    if summary is None or not alive:
        summary = summarise(read_events(folder.events_path)[0])
    return RunStatus(folder, state_of(summary, record, alive=alive), summary, record)


def run_state(folder: RunFolder) -> RunState:
    """The one word for how a run stands now."""
    return run_status(folder).state


def console_tail(folder: RunFolder, lines: int = 12, *, since: int = 0) -> str:
    """The last lines of `console.log`, written after its first `since` bytes; empty if none."""
    try:
        content = read_tail(folder.console_path, most=64 * 1024, since=since)
        text = content.decode("utf-8", "replace")
    except OSError:
        return ""
    # A progress bar redraws its line with carriage returns; its last form is enough.
    written = [line.rstrip("\r").rpartition("\r")[2] for line in text.rstrip().split("\n")]
    return "\n".join(written[-lines:])

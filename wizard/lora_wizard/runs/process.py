"""Which process trains a run, told apart from a later one that got the same number.

On Linux a process is known by its number, the clock tick it started at and the boot it lives in.
Elsewhere there is only the number.
"""

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ProcessIdentity"]

_DEAD_STATES = frozenset("ZXx")
"""Zombies have ended: only their parent has not looked yet, and in a container it never may."""


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process of this host, for ever: no other one compares equal to it."""

    pid: int
    start_ticks: int | None
    """Field 22 of /proc/PID/stat, in clock ticks since boot; None where there is no /proc."""
    boot_id: str
    """/proc/sys/kernel/random/boot_id; empty where there is none."""

    @classmethod
    def current(cls) -> "ProcessIdentity":
        """This process."""
        identity = cls.of(os.getpid())
        assert identity is not None  # whoever asks is alive
        return identity

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity | None":
        """The process that has this number now, or None where none has."""
        if not _has_proc():
            return cls(pid, None, "") if _answers(pid) else None
        start_ticks = _start_ticks(pid)
        return None if start_ticks is None else cls(pid, start_ticks, _boot_id())

    def alive(self) -> bool:
        """Whether it still runs on this host.

        Where /proc is, an identity without a start is nobody's: it would fit any process that
        has the number now.
        """
        if not _has_proc():
            return _answers(self.pid)
        return self.start_ticks is not None and self == ProcessIdentity.of(self.pid)


def _start_ticks(pid: int) -> int | None:
    """None where no such process lives."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in brackets and may itself hold spaces and brackets.
    fields = text.rpartition(")")[2].split()
    state, start_ticks = fields[0], fields[19]  # fields 3 and 22 of the whole line
    return None if state in _DEAD_STATES else int(start_ticks)


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _has_proc() -> bool:
    return Path("/proc/self/stat").exists()


def _answers(pid: int) -> bool:
    """Whether a process of this number can be signalled. 0 and below mean groups, not one."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True

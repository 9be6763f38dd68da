"""Memory and disk: how much is free, and whether the volume does what runs rely on."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from lora_wizard.atomic import atomic_write
from lora_wizard.doctor.findings import Finding, Level, Situation
from lora_wizard.doctor.paths import nearest_folder
from lora_wizard.errors import RunError
from lora_wizard.runs import RunState, find_runs, run_state
from lora_wizard.runs.disk import size_words

__all__ = ["available_memory", "check_disk", "check_memory", "check_runs", "check_volume"]

_LITTLE_MEMORY = 6_000_000_000
"""Loading an SDXL checkpoint of 7 GB takes about this much besides the device's memory."""
_NO_DISK = 500_000_000
_LITTLE_DISK = 10_000_000_000
_CGROUP = Path("/sys/fs/cgroup")


def check_memory(situation: Situation) -> Iterator[Finding]:
    """The machine's own, or the container's share of it."""
    available = available_memory(_text(Path("/proc/meminfo")), _CGROUP)
    if available is None:
        yield Finding("memory", "unknown")
        return
    level = Level.WARNING if available < _LITTLE_MEMORY else Level.OK
    outcome = "little" if available < _LITTLE_MEMORY else "enough"
    yield Finding("memory", outcome, level, {"free": size_words(available)})


def available_memory(meminfo: str, cgroup: Path) -> int | None:
    """Bytes that a new process may take.

    Args:
        meminfo: Content of /proc/meminfo.
        cgroup: The container's folder of limits; it need not be there.
    """
    lines: Mapping[str, str] = dict(
        line.split(":", 1) for line in meminfo.splitlines() if ":" in line
    )
    free = lines.get("MemAvailable", "").split()
    machine = int(free[0]) * 1024 if free and free[0].isdecimal() else None
    limit, used = (_text(cgroup / name).strip() for name in ("memory.max", "memory.current"))
    if not (limit.isdecimal() and used.isdecimal()):
        return machine
    container = max(int(limit) - int(used), 0)
    return container if machine is None else min(machine, container)


def check_disk(situation: Situation) -> Iterator[Finding]:
    """Where runs go: a state and a LoRA file are written side by side with the old ones."""
    folder = nearest_folder(situation.root)
    free = shutil.disk_usage(folder).free
    values = {"free": size_words(free), "path": folder}
    if free < _NO_DISK:
        yield Finding("disk", "full", Level.ERROR, values)
    elif free < _LITTLE_DISK:
        yield Finding("disk", "little", Level.WARNING, values)
    else:
        yield Finding("disk", "enough", Level.OK, values)


def check_volume(situation: Situation) -> Iterator[Finding]:
    """Locks keep two trainers apart; renaming a whole file over an old one loses neither."""
    folder = nearest_folder(situation.root)
    values: dict[str, object] = {"path": folder}
    try:
        with tempfile.TemporaryDirectory(prefix=".lora-wizard-", dir=folder) as name:
            atomic_write(Path(name, "whole"), "old")
            atomic_write(Path(name, "whole"), "new")
            locks = _excludes(Path(name, "lock"))
    except OSError as error:
        values["said"] = error.strerror or str(error)
        yield Finding("volume", "closed", Level.ERROR, values)
        return
    if locks:
        yield Finding("volume", "good", Level.OK, values)
    else:
        yield Finding("volume", "no_locks", Level.WARNING, values)


def check_runs(situation: Situation) -> Iterator[Finding]:
    """Runs that nobody has gone on with since their process ended without a word."""
    runs = find_runs(situation.root)
    lost = []
    for run in runs:
        try:
            if run_state(run) is RunState.LOST:
                lost.append(run.name)
        except RunError:
            yield Finding("runs", "unreadable", Level.WARNING, {"name": run.name})
    if lost:
        yield Finding("runs", "lost", Level.WARNING, {"names": ", ".join(lost)})
    else:
        yield Finding("runs", "none_lost", Level.OK, {"count": len(runs)})


def _excludes(path: Path) -> bool:
    """Whether a second lock of one file is refused."""
    with path.open("w") as first, path.open("w") as second:
        try:
            fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""

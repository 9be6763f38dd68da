"""`run.json`: which process trains the run, where, since when and with which versions.

Written by the trainer itself, anew for each generation, before its first event.
"""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lora_wizard.runs.atomic import atomic_write
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.process import ProcessIdentity

__all__ = ["RunRecord", "read_record", "read_record_at", "write_record", "write_record_at"]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The process of one generation."""

    process: ProcessIdentity
    host: str
    started_at: float
    """Seconds since 1970."""
    argv: tuple[str, ...]
    versions: Mapping[str, str]
    """Of the packages that the result depends on."""

    @property
    def is_here(self) -> bool:
        """Whether it ran on this host, so that its life can be looked up."""
        return self.host == platform.node()


def write_record(
    folder: RunFolder, *, argv: Sequence[str], versions: Mapping[str, str], now: float
) -> RunRecord:
    """Names this process as the run's trainer. Hold the lock, and do it before the first event.

    Args:
        folder: The run.
        argv: How it was called.
        versions: Package name to version.
        now: Seconds since 1970.

    Raises:
        RunError: It cannot be written.
    """
    return write_record_at(folder.run_json, argv=argv, versions=versions, now=now)


def write_record_at(
    path: Path, *, argv: Sequence[str], versions: Mapping[str, str], now: float
) -> RunRecord:
    """Names this process in any file, as `write_record` does in a run's."""
    record = RunRecord(
        process=ProcessIdentity.current(),
        host=platform.node(),
        started_at=now,
        argv=tuple(argv),
        versions=dict(versions),
    )
    flat = {**asdict(record.process), **asdict(record)}
    del flat["process"]
    atomic_write(path, json.dumps(flat, indent=2, ensure_ascii=False) + "\n")
    return record


def read_record(folder: RunFolder) -> RunRecord | None:
    """None where no trainer ever came so far, or where the file makes no sense."""
    return read_record_at(folder.run_json)


def read_record_at(path: Path) -> RunRecord | None:
    """The process named in a file; None where none is."""
    try:
        flat = json.loads(path.read_bytes())
        start_ticks = flat["start_ticks"]
        return RunRecord(
            process=ProcessIdentity(
                pid=int(flat["pid"]),
                start_ticks=None if start_ticks is None else int(start_ticks),
                boot_id=str(flat["boot_id"]),
            ),
            host=str(flat["host"]),
            started_at=float(flat["started_at"]),
            argv=tuple(str(word) for word in flat["argv"]),
            versions={str(name): str(text) for name, text in flat["versions"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None

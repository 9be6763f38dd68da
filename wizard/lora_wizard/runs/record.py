"""`run.json`: which process trains the run, where, since when and with which versions.

Written by the trainer itself, anew for each generation, before its first event.
"""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lora_wizard.files import read_regular
from lora_wizard.output import json_text
from lora_wizard.parsing import ParseError, finite_number, parse_json, whole_number
from lora_wizard.runs.atomic import atomic_write
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.process import ProcessIdentity

__all__ = ["RunRecord", "read_record", "read_record_at", "write_record", "write_record_at"]

_LARGEST = 1_000_000
"""Bytes; a record has about a thousand."""

_HIGHEST_PID = 2**22
"""Linux gives none above it."""


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
    atomic_write(path, json_text(flat, indent=2) + "\n")
    return record


def read_record(folder: RunFolder) -> RunRecord | None:
    """None where no trainer ever came so far, or where the file is no record."""
    return read_record_at(folder.run_json)


def read_record_at(path: Path) -> RunRecord | None:
    """The process named in a file; None where none is."""
    try:
        flat = parse_json(read_regular(path, most=_LARGEST, follow=False))
        pid = whole_number(flat["pid"], least=1, most=_HIGHEST_PID)
        started_at = finite_number(flat["started_at"])
        if pid is None or started_at is None:
            return None
        return RunRecord(
            process=ProcessIdentity(
                pid=pid,
                start_ticks=whole_number(flat["start_ticks"], least=0),
                boot_id=str(flat["boot_id"]),
            ),
            host=str(flat["host"]),
            started_at=started_at,
            argv=tuple(str(word) for word in flat["argv"]),
            versions={str(name): str(text) for name, text in flat["versions"].items()},
        )
    except (OSError, ParseError, KeyError, TypeError, AttributeError):
        return None

"""What the operating system refuses, said in words that a user can act on."""

import errno
import os
import shutil
from pathlib import Path

from lora_wizard.errors import RunError

__all__ = ["LEAST_FREE_BYTES", "free_bytes", "refused", "size_words"]

LEAST_FREE_BYTES = 1_000_000
"""With less, a trainer that ended without a word had no room for any."""


def refused(error: OSError, path: Path) -> RunError:
    """The error to raise when `path` could not be written.

    Args:
        error: What the system said.
        path: What was being written; it need not exist.
    """
    if error.errno == errno.ENOSPC:
        free = f"{size_words(max(0, free_bytes(path)))} free"
        return RunError(
            f"the disk is full ({free})",
            where=str(path),
            fix="Free some space or choose another folder with --out; nothing was overwritten.",
        )
    if error.errno == errno.EDQUOT:
        return RunError(
            "your disk quota is used up",
            where=str(path),
            fix="Free some space or choose another folder with --out; nothing was overwritten.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        reason = "the disk is read-only" if error.errno == errno.EROFS else "you may not write here"
        return RunError(reason, where=str(path), fix="Choose another folder with --out.")
    if error.errno == errno.ENOTDIR:
        return RunError(
            "a part of this path is a file, not a folder",
            where=str(path),
            fix="Choose another folder with --out.",
        )
    if error.errno == errno.ENAMETOOLONG:
        return RunError("this name is too long", where=str(path), fix="Choose a shorter one.")
    said = error.strerror or str(error)
    return RunError(f"it cannot be written ({said})", where=str(path))


def size_words(size: int) -> str:
    """A size in bytes as a person says it, such as `1.4 GB` (powers of 1000)."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def free_bytes(path: Path) -> int:
    """Free bytes for this user on the disk of the nearest folder that exists; -1 if not known."""
    for folder in (path, *path.parents):
        if os.path.isdir(folder):
            try:
                return shutil.disk_usage(folder).free
            except OSError:
                return -1
    return -1

"""Opening files that are files: pipes and devices, which may never end, are refused."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path, *, most: int) -> BinaryIO:
    """The file at `path` for reading. Never waits: neither for a writer nor for a terminal.

    Args:
        path: A link is followed.
        most: Largest size in bytes.

    Raises:
        OSError: It is no regular file, is bigger, or cannot be opened; `strerror` says which.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
            raise OSError(errno.EINVAL, f"it is {kind}, not a file", str(path))
        if status.st_size > most:
            size = f"it has {status.st_size / 1e6:,.1f} MB, and at most {most / 1e6:,.1f} are read"
            raise OSError(errno.EFBIG, size, str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise

"""Opens files that somebody else may have laid: only regular ones, bounded, no link followed.

A named pipe blocks for ever, a link to /dev/zero fills the memory, and a link in a folder that was
sent by a stranger leads a write to any file of the user.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "UnusableFileError",
    "open_regular",
    "open_unlinked",
    "read_regular",
    "read_tail",
]

_KINDS = (
    (stat.S_ISDIR, "it is a folder, not a file"),
    (stat.S_ISFIFO, "it is a named pipe, not a regular file"),
    (stat.S_ISSOCK, "it is a socket, not a regular file"),
    (stat.S_ISCHR, "it is a device, not a regular file"),
    (stat.S_ISBLK, "it is a device, not a regular file"),
)
_CHUNK = 1 << 20


class UnusableFileError(OSError):
    """A file that is not read or written, with the reason in words as its `strerror`."""

    def __init__(self, number: int, reason: str, path: Path) -> None:
        super().__init__(number, reason, str(path))


def read_regular(path: Path, *, most: int, follow: bool = True) -> bytes:
    """The content of a regular file. Never blocks.

    Args:
        path: The file.
        most: How many bytes it may have.
        follow: Whether `path` may be a symbolic link.

    Raises:
        UnusableFileError: It is a pipe, a device, a folder, larger than `most`, or a link where
            none is followed.
        OSError: It is not there, or may not be read.
    """
    with open_regular(path, most=most, follow=follow) as file:
        chunks, left = [], most + 1
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            chunks.append(chunk)
            left -= len(chunk)
    if left <= 0:  # it grew meanwhile, or its size says nothing, as in /proc
        raise UnusableFileError(errno.EFBIG, f"it has more than {most:,} bytes", path)
    return b"".join(chunks)


def open_regular(path: Path, *, most: int, follow: bool = True) -> BinaryIO:
    """A regular file, opened for reading. Never blocks.

    Args:
        path: The file.
        most: How many bytes it may have.
        follow: Whether `path` may be a symbolic link.

    Raises:
        UnusableFileError: It is a pipe, a device, a folder, larger than `most`, or a link where
            none is followed.
        OSError: It is not there, or may not be read.
    """
    descriptor = _opened(path, os.O_RDONLY | (0 if follow else os.O_NOFOLLOW), 0)
    size = os.fstat(descriptor).st_size
    if size > most:
        os.close(descriptor)
        reason = f"it is too large ({size:,} bytes; at most {most:,} are read)"
        raise UnusableFileError(errno.EFBIG, reason, path)
    return os.fdopen(descriptor, "rb")


def open_unlinked(path: Path, flags: int, mode: int = 0o666) -> int:
    """A descriptor of a regular file, opened without following a link at `path`.

    Args:
        path: The file.
        flags: As for `os.open`, such as `os.O_WRONLY | os.O_APPEND | os.O_CREAT`.
        mode: Of a file that is made.

    Raises:
        UnusableFileError: It is a link, a pipe, a device or a folder.
        OSError: As `os.open`.
    """
    return _opened(path, flags | os.O_NOFOLLOW, mode)


def read_tail(path: Path, *, most: int, since: int = 0) -> bytes:
    """The last bytes of a regular file, whatever its size; no link is followed.

    Args:
        path: The file.
        most: How many bytes at most.
        since: Bytes at the file's start that do not count.

    Raises:
        UnusableFileError: It is a link, a pipe, a device or a folder.
        OSError: It is not there, or may not be read.
    """
    with os.fdopen(open_unlinked(path, os.O_RDONLY), "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(since, size - most))
        return file.read(most)


def _opened(path: Path, flags: int, mode: int) -> int:
    try:
        # O_NONBLOCK: a pipe without a writer opens at once. It changes nothing for regular files.
        descriptor = os.open(path, flags | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY, mode)
    except OSError as error:
        if path.is_symlink() and flags & os.O_NOFOLLOW:
            raise _link_error(path) from error
        if error.errno == errno.ENXIO:  # a pipe opened for writing, or a socket
            raise UnusableFileError(error.errno, "it is not a regular file", path) from error
        raise
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return descriptor
    os.close(descriptor)
    reason = next((words for is_kind, words in _KINDS if is_kind(kind)), "it is not a regular file")
    raise UnusableFileError(errno.EINVAL, reason, path)


def _link_error(path: Path) -> UnusableFileError:
    return UnusableFileError(errno.ELOOP, "it is a symbolic link, which is not followed", path)

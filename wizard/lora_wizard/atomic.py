"""Files that are either as before or whole: a crash, a kill or a full disk leaves no half file.

A temporary file in the same folder is written, flushed to the disk and renamed over the old one;
then the folder itself is flushed, so that the new name survives a power cut. The temporary name
is fixed: what a kill left behind is overwritten by the next try. So a file has one writer at a
time (in a run folder the lock sees to that). A symbolic link is replaced, not followed.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["atomic_write", "replacing"]


def atomic_write(path: Path, content: str | bytes) -> None:
    """Puts `content` (text as UTF-8) into `path`, whole or not at all.

    Raises:
        OSError: The disk is full, or the folder may not be written. The old file is untouched.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; when the block ends well, what was written there becomes `path`.

    When the block raises, the temporary file is removed and `path` stays as it was.

    The temporary file is there when the block begins, and empty.

    Raises:
        OSError: The file cannot be made, flushed or renamed.
    """
    temporary = path.with_name(f".{path.name}.partial")
    _make_anew(temporary)
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    # The file is in its place by now, whatever the folder says to being flushed: some systems do
    # not open folders, some network disks do not flush them.
    with suppress(OSError):
        _flush(path.parent, os.O_RDONLY)


def _make_anew(path: Path) -> None:
    """An empty regular file in place of whatever has that name.

    A link that somebody laid there would lead the writer to another file: it is removed, and the
    new file is made exclusively.
    """
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(path, flags, 0o666))


def _flush(path: Path, mode: int = os.O_RDWR) -> None:
    descriptor = os.open(path, mode)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

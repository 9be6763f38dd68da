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

from lora_wizard.runs.disk import refused

__all__ = ["atomic_write", "replacing"]


def atomic_write(path: Path, content: str | bytes) -> None:
    """Puts `content` (text as UTF-8) into `path`, whole or not at all.

    Raises:
        RunError: The disk is full, or the folder may not be written. The old file is untouched.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; when the block ends well, what was written there becomes `path`.

    When the block raises, the temporary file is removed and `path` stays as it was.

    Raises:
        RunError: An `OSError` of the block or of the renaming, in words.
    """
    temporary = path.with_name(f".{path.name}.partial")
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
        flush_folder(path.parent)
    except OSError as error:
        _remove(temporary)
        raise refused(error, path) from error
    except BaseException:
        _remove(temporary)
        raise


def flush_folder(folder: Path) -> None:
    """Makes new names in `folder` survive a power cut, where the file system knows how."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems cannot flush a folder; the file itself is safe by then.
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)

"""Writing a file so that, whatever happens, either the old or the new one is there, whole."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file by way of a temporary one beside it, flushed to the disk and renamed.

    Raises:
        OSError: The disk is full, the folder missing or closed; an older file is untouched and
            the temporary one gone.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """The rename itself is only safe once the folder is on the disk too."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # some systems do not open folders
        return
    try:
        with suppress(OSError):  # nor do some network disks flush them
            os.fsync(handle)
    finally:
        os.close(handle)

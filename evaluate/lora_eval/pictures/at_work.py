"""One program at a time in a folder of pictures: a second one is refused in words."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lora_eval.errors import PicturesError


@contextmanager
def at_work(folder: Path) -> Iterator[None]:
    """Keeps other `lora-eval run` and `judge` out of a folder; makes the folder if need be.

    The folder itself is locked, so that no file is left behind, and a killed process's lock ends
    with it. On a disk without locks nothing is kept out.

    Raises:
        PicturesError: another one is at work there, or the folder cannot be made.
    """
    made = False
    try:
        folder.mkdir(parents=True)
        made = True
    except FileExistsError:
        pass
    except OSError as error:
        what, fix = (
            f"cannot be written: {error.strerror or error}",
            "Choose another folder by --out",
        )
        raise PicturesError(what, where=str(folder), fix=fix) from error
    descriptor = _locked(folder)
    try:
        yield
    except BaseException:
        if made:
            with suppress(OSError):  # it stays where something is in it
                folder.rmdir()
        raise
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(folder: Path) -> int | None:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # no folder, or not ours to read: whoever works there finds that out
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise PicturesError(
            "Another lora-eval is at work in this folder",
            where=str(folder),
            fix="Wait until it has ended, or choose another folder",
        ) from error
    except OSError:
        os.close(descriptor)
        return None
    return descriptor

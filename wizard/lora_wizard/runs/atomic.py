"""Whole files or none, as `lora_wizard.atomic` writes them, with the system's refusals in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lora_wizard import atomic
from lora_wizard.runs.disk import refused

__all__ = ["atomic_write", "replacing"]


def atomic_write(path: Path, content: str | bytes) -> None:
    """Puts `content` (text as UTF-8) into `path`, whole or not at all.

    Raises:
        RunError: The disk is full, or the folder may not be written. The old file is untouched.
    """
    try:
        atomic.atomic_write(path, content)
    except OSError as error:
        raise refused(error, path) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; when the block ends well, what was written there becomes `path`.

    When the block raises, the temporary file is removed and `path` stays as it was.

    Raises:
        RunError: An `OSError` of the block or of the renaming, in words.
    """
    try:
        with atomic.replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise refused(error, path) from error

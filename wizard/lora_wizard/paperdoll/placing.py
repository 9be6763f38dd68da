"""Folders that appear whole or not at all: filled beside their place, then renamed into it.

What stands in the way is refused or moved aside; it is deleted only where the caller says that it
is the same thing, older.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lora_wizard.errors import DatasetError
from lora_wizard.runs.disk import refused


@contextmanager
def new_folder(path: Path, *, overwrite: bool = False, replace: bool = False) -> Iterator[Path]:
    """A folder to fill; when the block ends well, it becomes `path`.

    Args:
        overwrite: what is at `path` is moved aside to `PATH.replaced-1` or the next number.
        replace: what is at `path` is deleted, once the new folder is complete.

    Raises:
        DatasetError: `path` is there and not empty, and neither option is given.
        RunError: the disk is full, or the folder may not be written; `path` is as before.
    """
    path = Path(os.path.abspath(path))
    if _occupied(path) and not (overwrite or replace):
        raise DatasetError(
            "there is something here already",
            where=str(path),
            fix="Choose another folder with --out, or give --overwrite (what is there is moved "
            "aside, not deleted).",
        )
    filling = path.with_name(f".{path.name}.partial")
    try:
        shutil.rmtree(filling, ignore_errors=True)  # what a kill left
        filling.mkdir(parents=True)
        yield filling
        _take_place(filling, path, keep=not replace)
    except OSError as error:
        raise refused(error, path) from error
    finally:
        shutil.rmtree(filling, ignore_errors=True)


def _take_place(filling: Path, path: Path, *, keep: bool) -> None:
    if not os.path.lexists(path):
        filling.rename(path)
        return
    if path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
        path.rmdir()
        filling.rename(path)
        return
    aside = _unused(path)
    path.rename(aside)
    filling.rename(path)
    if not keep:
        shutil.rmtree(aside)


def _unused(path: Path) -> Path:
    numbered = (path.with_name(f"{path.name}.replaced-{n}") for n in itertools.count(1))
    return next(aside for aside in numbered if not os.path.lexists(aside))


def _occupied(path: Path) -> bool:
    try:
        return any(path.iterdir())
    except FileNotFoundError:
        return os.path.lexists(path)  # a link that leads nowhere
    except OSError as error:
        raise refused(error, path) from error

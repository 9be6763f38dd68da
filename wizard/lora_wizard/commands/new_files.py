"""Files that a command writes: all of them or none, and nothing is replaced unasked."""

from __future__ import annotations

import os
from pathlib import Path

from lora_wizard.atomic import atomic_write
from lora_wizard.errors import PresetError

__all__ = ["write_files"]


def write_files(files: dict[Path, str], *, overwrite: bool) -> None:
    """Writes files, none of them where one is in the way.

    Raises:
        PresetError: some are there already, or cannot be written.
    """
    there = [str(path) for path in files if os.path.lexists(path)]
    if there and not overwrite:
        raise PresetError(
            "already there", where=", ".join(there), fix="Use --to, or --overwrite to replace"
        )
    for path, content in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write(path, content)
        except OSError as error:
            reason = error.strerror or str(error)
            raise PresetError(f"cannot be written: {reason}", where=str(path)) from error
        except UnicodeEncodeError as error:
            raise PresetError(
                "cannot be written: a path in it is not UTF-8, which TOML cannot hold",
                where=str(path),
                fix="Rename that folder",
            ) from error

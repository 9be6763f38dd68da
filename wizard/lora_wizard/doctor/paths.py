"""Folders that may not be there yet."""

from pathlib import Path

__all__ = ["nearest_folder"]


def nearest_folder(path: Path) -> Path:
    """`path` or the first folder above it that is there: where it would be made."""
    absolute = path.expanduser().absolute()
    return next(folder for folder in (absolute, *absolute.parents) if folder.is_dir())

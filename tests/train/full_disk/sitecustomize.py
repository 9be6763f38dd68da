"""Makes an atomic write fail as on a full disk, in any Python process that finds this on its path.

A file `.NAME.partial.full` beside the file to be written asks for it, once: the partial file is
then a link to /dev/full, which refuses every byte as a full disk does.
"""

from pathlib import Path

from lora_wizard import atomic

_make_anew = atomic._make_anew


def _make_full(path: Path) -> None:
    wish = path.with_name(f"{path.name}.full")
    if not wish.exists():
        _make_anew(path)
        return
    wish.unlink()
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/full")


if _make_anew.__name__ != _make_full.__name__:  # not twice in one process
    atomic._make_anew = _make_full

"""Puts something else in place of an atomic write's partial file, in processes that find this.

A test lays a pipe or an empty file beside the file that is to be written, as
`.NAME.partial.instead`. The next writer of NAME gets the pipe, or a link to /dev/full, which
refuses every byte as a full disk does. (A run folder may hold no link before its trainer starts.)
"""

import os
from pathlib import Path

from lora_wizard import atomic

_make_anew = atomic._make_anew


def _make_instead(path: Path) -> None:
    laid = path.with_name(f"{path.name}.instead")
    if laid.is_fifo():
        os.replace(laid, path)
    elif laid.exists():
        laid.unlink()
        path.symlink_to("/dev/full")
    else:
        _make_anew(path)


if _make_anew.__name__ != _make_instead.__name__:  # not twice in one process
    atomic._make_anew = _make_instead

"""Symbolic links in a run folder: refused before anything is written there.

A run folder may come from somebody else. A link in it, whether a file or a folder, would lead what
the trainer appends or overwrites to any file of the user: text of a recipe in a shell's start file
is code at the next login.
"""

import os
from pathlib import Path

from lora_wizard.errors import Problem, RunError

__all__ = ["refuse_links"]

_MOST_NAMED = 10


def refuse_links(folder: Path) -> None:
    """Checks that nothing below `folder` is a symbolic link. The folder itself may be one.

    Raises:
        RunError: Something is; all are named, up to ten.
    """
    links = []
    for root, folders, files in os.walk(folder):
        links += [path for name in (*folders, *files) if (path := Path(root, name)).is_symlink()]
    if not links:
        return
    links.sort()
    count = "a symbolic link" if len(links) == 1 else f"{len(links)} symbolic links"
    raise RunError(
        f"this folder holds {count}, which could lead writes to other files",
        where=str(folder),
        fix="Replace each by the file that it names, or remove it, if you trust this folder.",
        problems=[
            Problem(str(path.relative_to(folder)), f"is a link to {os.readlink(path)}", "")
            for path in links[:_MOST_NAMED]
        ],
    )

"""Runs on the disk: all of a folder, or the one that a user means."""

import difflib
from pathlib import Path

from lora_wizard.errors import RunError
from lora_wizard.runs.folder import RunFolder

__all__ = ["DEFAULT_ROOT", "find_run", "find_runs"]

DEFAULT_ROOT = Path("runs")
"""Where runs go, and are looked for, when nothing else is said: below the working folder."""


def find_runs(root: Path = DEFAULT_ROOT) -> tuple[RunFolder, ...]:
    """The runs directly in `root` (or `root` itself, where it is one), newest activity first.

    A root that is not there has none.

    Raises:
        RunError: `root` is not a folder or may not be read.
    """
    itself = RunFolder(root)
    if itself.is_run():
        return (itself,)
    try:
        folders = [RunFolder(path) for path in itself.path.iterdir() if path.is_dir()]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise RunError(f"it cannot be listed ({error.strerror})", where=str(root)) from error
    runs = [folder for folder in folders if folder.is_run()]
    return tuple(sorted(runs, key=lambda run: (-_last_activity(run), run.name)))


def find_run(name_or_path: str, root: Path = DEFAULT_ROOT) -> RunFolder:
    """The run that is meant by a path, by its name in `root`, or by a part of one name only.

    Raises:
        RunError: There is none, or several; the error names those that come close.
    """
    for path in (Path(name_or_path), root / name_or_path):
        folder = RunFolder(path)
        if folder.is_run():
            return folder
    names = {folder.name: folder for folder in find_runs(root)}
    matching = [name for name in names if name_or_path in name]
    if len(matching) == 1:
        return names[matching[0]]
    if matching:
        raise RunError(
            f"several runs are called like `{name_or_path}`",
            where=str(root),
            fix=f"Say which: {', '.join(sorted(matching))}.",
        )
    near = difflib.get_close_matches(name_or_path, names, n=3, cutoff=0.4)
    fix = f"Did you mean {' or '.join(near)}?" if near else "`lora-wizard runs` lists those here."
    raise RunError(f"there is no run `{name_or_path}`", where=str(root), fix=fix)


def _last_activity(folder: RunFolder) -> float:
    """Seconds since 1970; 0 where everything vanished just now."""
    times = [0.0]
    for path in (folder.recipe_path, folder.run_json, folder.events_path):
        try:
            times.append(path.stat().st_mtime)
        except OSError:
            continue
    return max(times)

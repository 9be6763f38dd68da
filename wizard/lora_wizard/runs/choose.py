"""The run that somebody wants to look at: the one that is named, else the one that runs."""

from pathlib import Path

from lora_wizard.errors import RunError
from lora_wizard.runs.find import DEFAULT_ROOT, find_run, find_runs
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.state import RunState, run_state

__all__ = ["choose_run"]


def running_runs(root: Path = DEFAULT_ROOT) -> tuple[RunFolder, ...]:
    """The runs in `root` that are being trained, by their names.

    Raises:
        RunError: `root` cannot be listed.
    """
    running = (folder for folder in find_runs(root) if _state(folder) is RunState.RUNNING)
    return tuple(sorted(running, key=lambda folder: folder.name))


def choose_run(name: str | None, root: Path = DEFAULT_ROOT) -> RunFolder:
    """The run of this name or path; without a name the only running one, else the newest.

    A run that never began counts only where there is no other: there is nothing to see in it.

    Args:
        name: As for `find_run`, or None.
        root: The folder of runs.

    Raises:
        RunError: There is none, or several are running; the error lists them.
    """
    if name is not None:
        return find_run(name, root)
    states = {folder: _state(folder) for folder in find_runs(root)}
    running = [folder for folder, state in states.items() if state is RunState.RUNNING]
    if len(running) == 1:
        return running[0]
    if running:
        raise RunError(
            f"{len(running)} runs are being trained",
            where=str(root),
            fix=f"Say which: {', '.join(sorted(folder.name for folder in running))}.",
        )
    if not states:
        raise RunError(
            "there are no runs",
            where=str(root),
            fix="Start one with `lora-wizard`, or say with --root where they are.",
        )
    begun = [folder for folder, state in states.items() if state is not RunState.CREATED]
    return (begun or list(states))[0]


def _state(folder: RunFolder) -> RunState | None:
    """None where the log cannot be read: one such must not hide the others."""
    try:
        return run_state(folder)
    except RunError:
        return None

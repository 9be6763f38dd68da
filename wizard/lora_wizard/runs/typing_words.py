"""What a user types to come back to a run, as short as it can be in this working folder."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from lora_wizard.runs.find import DEFAULT_ROOT
from lora_wizard.runs.folder import RunFolder

__all__ = ["again_command", "attach_command", "resume_command", "short_path"]


def resume_command(folder: RunFolder) -> str:
    """What to type to go on with a run: by name where it lies among the runs of this folder."""
    return f"lora-wizard resume {_run_word(folder)}"


def attach_command(folder: RunFolder) -> str:
    """What to type to look at a run again."""
    return f"lora-wizard attach {_run_word(folder)}"


def again_command(folder: RunFolder, settings: Mapping[str, str]) -> str:
    """What to type to train its recipe anew, with some settings changed: `{"network.rank": "8"}`.

    A run's own recipe never changes, and a state fits only the settings that it was made with.
    """
    words = ["lora-wizard", "train", str(short_path(folder.recipe_path))]
    for key, value in settings.items():
        words += ["--set", f"{key}={value}"]
    return shlex.join(words)


def short_path(path: Path) -> Path:
    """Relative to the working folder where it lies below it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _run_word(folder: RunFolder) -> str:
    in_root = folder.path.parent == RunFolder(DEFAULT_ROOT).path
    return shlex.quote(folder.name if in_root else str(short_path(folder.path)))

"""What a question may look at: the answers before it, and what is known of the user's own files.

Pure. Whatever reads a disk comes in from outside, as a value or as a function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lora_wizard.dataset import Dataset
from lora_wizard.questions.texts import Language
from lora_wizard.recipe import Recipe

PathKind = Literal["missing", "file", "folder"]
Family = Literal["paperdoll", "sd1", "sd2", "sdxl"]
Look = Callable[[Path], PathKind]

EMBEDDED = "paperdoll"
"""The word for the base model that comes along."""


def look_at(path: Path) -> PathKind:
    """What lies at `path`. The only look at a disk that a live check takes."""
    try:
        if path.is_dir():
            return "folder"
        return "file" if path.is_file() else "missing"
    except OSError:  # a name too long, or a folder that may not be entered
        return "missing"


def located(typed: str) -> str:
    """A path as the trainer will find it, whatever folder it works in; empty stays empty."""
    return str(Path(typed).expanduser().absolute()) if typed else ""


@dataclass(frozen=True, slots=True)
class Context:
    """The world as one question sees it."""

    recipe: Recipe
    """The start with all answers, and with the suggestions where none is given."""
    start: Recipe
    """What the wizard started from: a preset's recipe, a file's, or the defaults."""
    start_name: str = ""
    """Of the preset or file; empty where the wizard started from the defaults."""
    dataset: Dataset | None = None
    """The pictures in their buckets, as the recipe now has them; None until they are counted."""
    family: Family | None = None
    """Of the base, as far as known."""
    look: Look = look_at
    language: Language = "en"

    @property
    def is_embedded(self) -> bool:
        """Whether the base is the one that comes along."""
        return self.recipe.model.base == EMBEDDED

"""The tree of errors that are the user's to mend, each with what is wrong, where, and what to do.

    LoraWizardError
    ├── RecipeError            a recipe file or a `--set`
    ├── PresetError            a preset file or its name
    ├── DatasetError           the folder of pictures and captions
    ├── ModelError             the base model
    ├── LoraFileError          a LoRA file
    ├── RunError               a run's folder or its process
    └── TrainingError          the training itself
        └── NonFiniteLossError the loss became infinite or not a number

The command line prints these without a traceback and ends with exit code 2. Bugs do not belong
here: they keep their own exception and its traceback.
"""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "DatasetError",
    "LoraFileError",
    "LoraWizardError",
    "ModelError",
    "NonFiniteLossError",
    "PresetError",
    "Problem",
    "RecipeError",
    "RunError",
    "TrainingError",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. As text: `where: what. fix`."""

    where: str
    """A file, a dotted key or both; empty where the sentence says it already."""
    what: str
    """What is wrong, without a full stop at its end."""
    fix: str
    """What to do about it; empty where nothing can be advised."""

    def __str__(self) -> str:
        return _sentence(self.where, self.what, self.fix)


class LoraWizardError(Exception):
    """A mistake that the user can mend. Its text holds every problem, one a line.

    Args:
        message: What is wrong; with `problems`, what they have in common.
        where: A file, a key or both.
        fix: What to do.
        problems: All that was found, so that a file is mended in one go.
    """

    def __init__(
        self,
        message: str,
        *,
        where: str = "",
        fix: str = "",
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.fix = fix
        self.problems = tuple(problems)

    def __str__(self) -> str:
        head = _sentence(self.where, self.message, self.fix)
        return "\n".join([head, *(f"  - {problem}" for problem in self.problems)])


class RecipeError(LoraWizardError):
    """A recipe cannot be read, or asks for what cannot be."""


class PresetError(LoraWizardError):
    """A preset is unknown or its file is not as it should be."""


class DatasetError(LoraWizardError):
    """The folder of pictures cannot be trained on."""


class ModelError(LoraWizardError):
    """The base model is missing, unsafe or of an unknown kind."""


class LoraFileError(LoraWizardError):
    """A LoRA file cannot be read, written or applied."""


class RunError(LoraWizardError):
    """A run's folder or process does not allow what was asked."""


class TrainingError(LoraWizardError):
    """The training cannot start or go on."""


class NonFiniteLossError(TrainingError):
    """The loss became infinite or not a number; the last good state is kept."""


def _sentence(where: str, what: str, fix: str) -> str:
    text = f"{where}: {what}" if where else what
    if not fix:
        return text
    stop = "" if text.endswith((".", "!", "?", ":")) else "."
    return f"{text}{stop} {fix}"

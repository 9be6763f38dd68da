"""The full state of a run between two steps, as one file that a resumed run goes on from.

Randomness needs no place in it: every draw comes from the seed and the step's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lora_wizard.errors import RunError
from lora_wizard.runs import RunFolder, replacing

FILE = "state.pt"


@dataclass(frozen=True, slots=True)
class SavedState:
    """Everything that steps change."""

    step: int
    """Steps done."""
    tensors: dict[str, Tensor]
    """The LoRA in float32, named as in a file."""
    optimizer: dict[str, Any]
    precision: str
    """What `auto` was resolved to: a resumed run computes as it began."""
    seconds: float
    """Trained so far, over all generations."""


def save_state(folder: RunFolder, state: SavedState) -> None:
    """Writes the state whole or not at all; the one before it stays until then.

    Raises:
        RunError: the disk is full or may not be written.
    """
    with replacing(folder.state / FILE) as temporary:
        content = {name: getattr(state, name) for name in state.__dataclass_fields__}
        try:
            torch.save(content, temporary)
        except RuntimeError as error:  # torch's zip writer hides what the system said
            raise _as_os_error(error) from error


def load_state(folder: RunFolder) -> SavedState | None:
    """The last state, or None where none was saved yet.

    Raises:
        RunError: the file is damaged.
    """
    path = folder.state / FILE
    if not path.exists():
        return None
    try:
        return SavedState(**torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        raise RunError(
            f"the saved state cannot be read ({error})",
            where=str(path),
            fix="Remove this file to train the run again from its beginning, or continue from "
            "its last checkpoint with network.continue_from",
        ) from error


def _as_os_error(error: RuntimeError) -> OSError:
    import errno

    cause = error.__context__
    if isinstance(cause, OSError):
        return cause
    return OSError(errno.ENOSPC, str(error))

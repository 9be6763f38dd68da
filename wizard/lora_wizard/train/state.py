"""The full state of a run between two steps, as one file that a resumed run goes on from.

Randomness needs no place in it: every draw comes from the seed and the step's number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
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
    scaler: dict[str, Any]
    """What fp16's loss is scaled by; empty in other precisions."""
    precision: str
    """What `auto` was resolved to: a resumed run computes as it began."""
    processes: int
    """How many trainers share the steps: the batches depend on it."""
    seconds: float
    """Trained so far, over all generations."""
    average: list[Tensor] = field(default_factory=list)
    """The weights' moving average, in the optimizer's order; empty where there is none."""
    packed: bool = False
    """Whether the base was laid out for the processor, which rounds otherwise."""
    way: str = "plain"
    """How steps are computed (see `computing`), which rounds otherwise too; empty before the
    first one."""


def save_state(folder: RunFolder, state: SavedState) -> None:
    """Writes the state whole or not at all; the one before it stays until then.

    Raises:
        RunError: the disk is full or may not be written.
    """
    content = {name: getattr(state, name) for name in state.__dataclass_fields__}
    with replacing(folder.state / FILE) as temporary, temporary.open("wb") as file:
        try:
            torch.save(content, file)
        except RuntimeError as error:
            # Torch's zip writer stumbles over what the system said, and says only that.
            if isinstance(error.__context__, OSError):
                raise error.__context__ from error
            raise


def load_state(folder: RunFolder, *, processes: int) -> SavedState | None:
    """The last state, or None where none was saved yet.

    Args:
        processes: how many trainers go on with it.

    Raises:
        RunError: the file is damaged, or another number of trainers made it.
    """
    path = folder.state / FILE
    if not path.exists():
        return None
    state = _read(path)
    if state.processes != processes:
        raise RunError(
            f"this run was begun with {state.processes} trainers and cannot go on with {processes}",
            where=str(folder.path),
            fix=f"Resume it with --processes {state.processes}: its batches are shared out so",
        )
    return state


def _read(path: Path) -> SavedState:
    try:
        return SavedState(**torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        raise RunError(
            f"the saved state cannot be read ({error})",
            where=str(path),
            fix="Remove this file to train the run again from its beginning, or continue from "
            "its last checkpoint with network.continue_from",
        ) from error

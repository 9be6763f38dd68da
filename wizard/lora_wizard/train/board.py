"""A run for TensorBoard: what the event log says, once more in TensorBoard's own files.

It only listens: nothing of a run rests on it, and a disk that refuses it ends it, not the training.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lora_wizard.errors import TrainingError
from lora_wizard.runs import Event, RunFolder, Sample, Step, Validation

FLUSH_SECONDS = 20
"""What a kill may cost; the log itself loses nothing."""


def check_board() -> None:
    """That TensorBoard's writer is there.

    Raises:
        TrainingError: it is not installed.
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise TrainingError(
            "TensorBoard's files need the package tensorboard, which is not installed",
            where="saving.tensorboard",
            fix="pip install 'lora-wizard[tensorboard]', or set it to false",
        )


class Board:
    """Writes loss, rate, norms, held-out pictures and samples as they happen.

    Args:
        folder: of the run; the files go into its `tensorboard` folder.
        done: steps done: what older files say of later steps never happened.
    """

    def __init__(self, folder: RunFolder, *, done: int) -> None:
        from torch.utils.tensorboard.writer import SummaryWriter

        self._folder = folder.path
        self._writer: Any = SummaryWriter(
            log_dir=str(folder.tensorboard),
            purge_step=done + 1 if done else 0,
            flush_secs=FLUSH_SECONDS,
        )

    def write(self, event: Event) -> None:
        """Takes what can be drawn; everything else is only in the log."""
        if self._writer is None:
            return
        try:
            self._write(event)
        except OSError:
            self._writer = None

    def close(self) -> None:
        """Writes what is still waiting. Closing twice is allowed."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _write(self, event: Event) -> None:
        match event:
            case Step():
                numbers = {
                    "loss/current": event.loss,
                    "lr": event.lr,
                    "norm/gradient": event.grad_norm,
                    "norm/layers_limited": event.layers_limited,
                }
                for tag, number in numbers.items():
                    self._writer.add_scalar(tag, number, event.step, walltime=event.time)
            case Validation():
                self._writer.add_scalar(
                    "loss/validation", event.loss, event.step, walltime=event.time
                )
            case Sample():
                path = self._folder / event.path
                tag = f"samples/{_number(path)}"
                with Image.open(path) as picture:
                    pixels = np.asarray(picture.convert("RGB"))
                self._writer.add_image(
                    tag, pixels, event.step, walltime=event.time, dataformats="HWC"
                )
            case _:
                return


def _number(path: Path) -> str:
    """Which prompt a sample belongs to: its name ends with that."""
    return path.stem.rpartition("-")[2]

"""Which part of the pictures this process makes, when `accelerate launch` started several.

The processes never talk to each other: each makes its share of the files, so hosts that share
the folder need nothing else. `RANK`, `LOCAL_RANK` and `WORLD_SIZE` are what every launcher of
torch sets.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lora_eval.errors import LoraWizardError, PicturesError

if TYPE_CHECKING:
    import torch

Item = TypeVar("Item")
PATIENCE_SECONDS = 3600.0
"""How long nothing at all may come from the other processes: a batch of a large model on a slow
device takes its time. The launcher itself ends all of them where one fails."""
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Process:
    """One of `count` processes; number 0 is the main one."""

    number: int = 0
    count: int = 1
    local_number: int = 0
    """Among those of this host: which of its GPUs is its own."""

    @property
    def is_main(self) -> bool:
        return self.number == 0

    def share(self, items: Sequence[Item]) -> list[Item]:
        """Every `count`-th item: each exactly once over all processes."""
        return list(items[self.number :: self.count])


def this_process(environment: Mapping[str, str] = os.environ) -> Process:
    """By the launcher's variables; alone where there are none."""
    try:
        number, count, local = (
            int(environment.get(name, default))
            for name, default in (("RANK", "0"), ("WORLD_SIZE", "1"), ("LOCAL_RANK", "0"))
        )
    except ValueError:
        return Process()
    return Process(number, count, max(local, 0)) if 0 <= number < count else Process()


def device_for(process: Process, wanted: str = AUTO) -> torch.device:
    """The device that was asked for; for `auto` this process's own GPU, else the CPU.

    Raises:
        LoraWizardError: PyTorch knows or has no such device.
    """
    import torch

    from lora_wizard.models.placement import choose_device

    if wanted != AUTO:
        return _usable(wanted)
    chosen = choose_device()
    if chosen.type == "cuda" and process.count > 1:
        return torch.device("cuda", process.local_number % torch.cuda.device_count())
    return chosen


def wait_for(
    remaining: Callable[[], Collection[object]],
    folder: Path,
    what: str,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    pause_seconds: float = 1.0,
) -> None:
    """Looks again and again until nothing remains; patience begins anew whenever less does.

    Raises:
        PicturesError: nothing came for `patience_seconds`.
    """
    left = len(remaining())
    end = time.monotonic() + patience_seconds
    while left:
        if time.monotonic() >= end:
            fix = "Start it again: what is finished is kept"
            raise PicturesError(f"{what} did not come", where=str(folder), fix=fix)
        time.sleep(pause_seconds)
        now = len(remaining())
        if now < left:
            end = time.monotonic() + patience_seconds
        left = now


def _usable(name: str) -> torch.device:
    import torch

    try:
        device = torch.device(name)
        torch.empty(1, device=device)
        if device.type == "meta":
            raise RuntimeError("it computes nothing")
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise LoraWizardError(
            f"cannot be used ({reason})", where=f"--device {name}", fix="Use auto, cpu or cuda:0"
        ) from error
    return device

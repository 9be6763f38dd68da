"""What every stage of the base's training shares: its log, its clock and its saved state."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.distributed as distributed
from torch import Tensor, nn
from torch.optim import Optimizer

from lora_wizard.output import echo


def rank() -> int:
    """The number of this worker, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def world() -> int:
    """How many workers train together."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


class Log:
    """Appends one JSON object a line; only the first worker writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._began = time.monotonic()

    def write(self, stage: str, **facts: float | int | str) -> None:
        """One line: the stage, seconds since this log was opened, and the facts."""
        if rank() != 0:
            return
        rounded = {k: float(f"{v:.5g}") if isinstance(v, float) else v for k, v in facts.items()}
        line = {"seconds": round(time.monotonic() - self._began), **rounded}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"stage": stage, **line}) + "\n")
        words = ", ".join(f"{key} {fact}" for key, fact in line.items())
        echo(f"{stage}: {words}")


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Writes a stage's state so that a kill leaves either the old file or the new one."""
    if rank() != 0:
        return
    temporary = path.with_suffix(".writing")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load_state(path: Path) -> dict[str, Any] | None:
    """What `save_state` wrote, its tensors on the CPU; None where there is no such file."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def finished_state(path: Path) -> dict[str, Any]:
    """What an earlier stage has left.

    Raises:
        FileNotFoundError: that stage has not been begun.
    """
    state = load_state(path)
    if state is None:
        raise FileNotFoundError(path)
    return state


@dataclass(slots=True)
class Average:
    """An exponential moving average of a module's weights (EMA), kept in float32."""

    weights: dict[str, Tensor]

    @classmethod
    def of(cls, module: nn.Module) -> Average:
        """An average that begins at the module's weights as they are."""
        return cls({k: v.detach().clone().float() for k, v in module.state_dict().items()})

    def load(self, weights: dict[str, Tensor]) -> None:
        """Takes over an average saved before, keeping each tensor's device."""
        for name, weight in self.weights.items():
            weight.copy_(weights[name])

    def update(self, module: nn.Module, decay: float) -> None:
        """Moves the average by `1 - decay` of the way to the module's weights, in place."""
        new = module.state_dict()
        names = list(self.weights)
        torch._foreach_lerp_(
            [self.weights[n] for n in names], [new[n].float() for n in names], 1 - decay
        )


def start_together(module: nn.Module) -> None:
    """Gives every worker the first worker's weights."""
    if world() > 1:
        for tensor in module.state_dict().values():
            distributed.broadcast(tensor, src=0)


def share_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Averages gradients over all workers, in one message."""
    if world() == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= world()
    offset = 0
    for gradient in gradients:
        gradient.copy_(flat[offset : offset + gradient.numel()].view_as(gradient))
        offset += gradient.numel()


def learn(loss: Tensor, parameters: Sequence[nn.Parameter], optimizer: Optimizer) -> None:
    """One step down the gradient of `loss`, shared by all workers and clipped to norm 1."""
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    share_gradients(parameters)
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()


def average_over_all(value: float) -> float:
    """The mean of every worker's value."""
    if world() == 1:
        return value
    total = torch.tensor([value])
    distributed.all_reduce(total)
    return total.item() / world()


def wait_for_all() -> None:
    """Every worker waits here for the slowest: what the first one writes is then on the disk."""
    if world() > 1:
        distributed.barrier()


class Pace:
    """How much is done a second, since the last time that was asked."""

    def __init__(self, done: int) -> None:
        self._done, self._at = done, time.monotonic()

    def since(self, done: int) -> float:
        """Things done a second since the last call; `done` counts them from the beginning."""
        now = time.monotonic()
        pace = (done - self._done) / max(now - self._at, 1e-9)
        self._done, self._at = done, now
        return pace


def cooled(rate: float, done: float) -> float:
    """The rate held flat, then falling on a half cosine to 2 % over the last 30 %.

    A flat rate up to there means that a run can be lengthened without starting over.
    """
    if done < 0.7:
        return rate
    share = min(1.0, (done - 0.7) / 0.3)
    return rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * share)))

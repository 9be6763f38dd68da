"""Starting a training of the base: checks first, then one process, or several beside each other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import torch

from lora_wizard.errors import TrainingError
from lora_wizard.paperdoll.base.export import check_place, check_weight
from lora_wizard.paperdoll.base.plan import Plan, write_plan
from lora_wizard.paperdoll.base.warm import take_weights

_MOST_DRAWERS = 15
_WORKER = "lora_wizard.paperdoll.base.worker"


def start_training(
    plan: Plan, *, device: torch.device, workers: int, from_weights: Path | None = None
) -> None:
    """Trains until the plan is done; the same call goes on after an interruption.

    Args:
        workers: processes on a CPU, each of one thread. A GPU has one, and others that draw.
        from_weights: a finished model to begin from; of no account once training has begun.

    Raises:
        ModelError: the plan's folders or sizes will not do.
        RunError: a folder cannot be written.
        TrainingError: a worker ended before its time.
    """
    check_place(plan.out)
    check_weight(plan.sizes)
    path = write_plan(plan)
    if from_weights is not None:
        take_weights(from_weights, plan.sizes, plan.state)
    command = [*_launcher(device, workers), "-m", _WORKER, str(path), "--device", str(device)]
    if device.type != "cpu":
        command += ["--drawers", str(min(_MOST_DRAWERS, max(1, (os.cpu_count() or 2) - 1)))]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    ended = subprocess.run(command, env=environment, check=False)
    if ended.returncode != 0:
        raise TrainingError(
            f"a worker ended with code {ended.returncode}",
            where=str(plan.state),
            fix="The reason stands above. The same command goes on where it was.",
        )


def _launcher(device: torch.device, workers: int) -> list[str]:
    if device.type != "cpu" or workers == 1:
        return [sys.executable]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*torchrun, "--nproc_per_node", str(workers)]

"""Starting a training of the base: checks first, then one process, or several beside each other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import torch

from lora_wizard.errors import TrainingError
from lora_wizard.paperdoll.base.export import check_place, check_weight
from lora_wizard.paperdoll.base.plan import Plan, write_plan
from lora_wizard.paperdoll.base.warm import take_weights
from lora_wizard.runs.folder import RunFolder
from lora_wizard.runs.lock import hold_lock

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
        RunError: a folder cannot be written, or the same state is being trained already.
        TrainingError: a worker ended before its time.
    """
    check_place(plan.out)
    check_weight(plan.sizes)
    path = write_plan(plan)
    with hold_lock(RunFolder(plan.state)):  # let go at once: the first worker is to hold it
        pass
    if from_weights is not None:
        take_weights(from_weights, plan.sizes, plan.state)
    command = [*_launcher(device, workers), "-m", _WORKER, str(path), "--device", str(device)]
    if device.type != "cpu":
        command += ["--drawers", str(min(_MOST_DRAWERS, max(1, (os.cpu_count() or 2) - 1)))]
    code = _wait(command)
    if code != 0:
        raise TrainingError(
            f"a worker ended with code {code}",
            where=str(plan.state),
            fix="The reason stands above. The same command goes on where it was.",
        )


def _wait(command: Sequence[str]) -> int:
    """The exit code of `command`, which never outlives this process, however that is ended.

    It runs in a session of its own, so that an interrupt from the keyboard reaches it only once,
    through here: torchrun ends its workers on the first signal and fails on the second.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with _ending_on_signals():
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        try:
            return process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()


@contextmanager
def _ending_on_signals() -> Iterator[None]:
    """Lets SIGTERM and SIGHUP unwind the stack, as an interrupt from the keyboard does."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _launcher(device: torch.device, workers: int) -> list[str]:
    if device.type != "cpu" or workers == 1:
        return [sys.executable]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    return [*torchrun, "--nproc_per_node", str(workers)]

"""Peak memory of a variant's steps, each variant in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import torch

from .job import made_jobs
from .settings import Precision, Settings, VariantName
from .variants import BUILDERS

STEPS = 2
"""In the first step the optimizer makes its state; the second is like all others."""
CHILD = "--as-memory-child"


def peaks(
    settings: Settings, arguments: list[str]
) -> dict[tuple[VariantName, Precision], int | None]:
    """Peak bytes of each variant in each precision; None where its process did not live.

    Args:
        arguments: the command's own, which the processes are given too.
    """
    return {
        (variant, precision): _in_a_process(variant, precision, arguments)
        for precision in settings.precisions
        for variant in settings.variants
    }


def own_peak(settings: Settings) -> int:
    """Peak bytes of this process while its one variant makes steps. For a child process.

    On CUDA what PyTorch allocated on the device, else the resident memory of the whole process,
    Python and libraries included.
    """
    with made_jobs(settings) as jobs:
        variant = BUILDERS[settings.variants[0]](jobs[settings.precisions[0]])
        _forget_peak()
        variant.train(STEPS)
        return _peak()


def _in_a_process(variant: VariantName, precision: Precision, arguments: list[str]) -> int | None:
    script = Path(__file__).parent.parent / "train_step.py"
    # The last of an option given twice counts.
    chosen = ["--variants", variant, "--precision", precision, CHILD]
    done = subprocess.run(
        [sys.executable, str(script), *arguments, *chosen], stdout=subprocess.PIPE, text=True
    )
    if done.returncode != 0:
        return None
    return int(json.loads(done.stdout.splitlines()[-1])["peak_bytes"])


def _forget_peak() -> None:
    """So that building the random model and encoding the pictures do not count."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
        return
    with suppress(OSError):  # no Linux, or not allowed: then the peak is that of the whole life
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> int:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:  # no Linux
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    # Not ru_maxrss: it cannot be reset, and a child inherits its parent's.
    found = next(line for line in lines if line.startswith("VmHWM:"))
    return int(found.split()[1]) * 1024

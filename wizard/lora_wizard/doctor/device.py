"""The GPU, as its driver sees it and as torch sees it."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from lora_wizard.doctor.findings import Finding, Level, Situation
from lora_wizard.parsing import parse_json
from lora_wizard.runs.disk import size_words

__all__ = ["Gpu", "check_gpu", "check_torch", "read_gpus"]

_QUERY = (
    "nvidia-smi",
    "--query-gpu=name,driver_version,memory.total,memory.used",
    "--format=csv,noheader,nounits",
)
_MEBIBYTE = 2**20
_BUSY_SHARE = 0.5
_DRIVER_SECONDS = 20
_TORCH_SECONDS = 120
_ASK_TORCH = """
import json, torch
there = torch.accelerator.is_available()
name = torch.accelerator.current_accelerator().type if there else "cpu"
works = bool((torch.ones(8, device=name) * 2).sum().item() == 16)
print(json.dumps({"version": torch.__version__, "device": name, "works": works}))
"""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One line of nvidia-smi. Memory in bytes."""

    name: str
    driver: str
    total: int
    used: int


def read_gpus(printed: str) -> tuple[Gpu, ...]:
    """What `nvidia-smi` printed, as asked by `_QUERY`; lines that make no sense are left out."""
    found = []
    for line in printed.splitlines():
        parts = [part.strip() for part in line.rsplit(",", 3)]
        if len(parts) == 4 and parts[2].isdecimal() and parts[3].isdecimal():
            total, used = (int(part) * _MEBIBYTE for part in parts[2:])
            found.append(Gpu(parts[0], parts[1], total, used))
    return tuple(found)


def check_gpu(situation: Situation) -> Iterator[Finding]:
    """What the driver of NVIDIA tells; other makers' devices are seen by torch only."""
    if shutil.which("nvidia-smi", path=situation.environment.get("PATH")) is None:
        yield Finding("gpu", "no_driver", Level.WARNING)
        return
    code, printed, said = _output(list(_QUERY), _DRIVER_SECONDS)
    gpus = read_gpus(printed) if code == 0 else ()
    if not gpus:
        yield Finding("gpu", "silent", Level.WARNING, {"said": said or printed.strip()})
    for gpu in gpus:
        busy = gpu.used > _BUSY_SHARE * gpu.total
        values = {
            "name": gpu.name,
            "driver": gpu.driver,
            "total": size_words(gpu.total),
            "free": size_words(gpu.total - gpu.used),
        }
        level = Level.WARNING if busy else Level.OK
        yield Finding("gpu", "busy" if busy else "found", level, values)


def check_torch(situation: Situation) -> Iterator[Finding]:
    """Whether torch reaches the device: only where that was asked for, as it takes seconds."""
    if not situation.with_torch:
        return
    code, printed, said = _output([sys.executable, "-c", _ASK_TORCH], _TORCH_SECONDS)
    try:
        told = parse_json(printed.splitlines()[-1]) if code == 0 else {}
    except (ValueError, IndexError):
        told = {}
    if not told.get("works"):
        last = (said or printed).strip().rpartition("\n")[2]
        yield Finding("torch", "broken", Level.ERROR, {"said": last})
    elif told["device"] != "cpu":
        yield Finding("torch", "on_device", Level.OK, told)
    elif shutil.which("nvidia-smi", path=situation.environment.get("PATH")) is not None:
        yield Finding("torch", "blind", Level.ERROR, told)
    else:
        yield Finding("torch", "on_cpu", Level.OK, told)


def _output(command: list[str], seconds: float) -> tuple[int, str, str]:
    """Exit code, output and errors; a program that hangs counts as failed."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return 1, "", f"no answer in {seconds:g} s"
    return done.returncode, done.stdout, done.stderr.strip()

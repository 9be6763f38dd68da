"""What the numbers were measured on, in one line, with nothing that names the place."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

import torch

from lora_wizard.recipe import TrainingSettings
from lora_wizard.train.precision import resolve_precision

PACKAGES = ("torch", "diffusers", "transformers", "peft", "accelerate")


def machine() -> dict[str, str]:
    """Processor or GPU, threads, versions, how busy it was, and the precision that `auto` takes."""
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    found = {"processor": processor()}
    if cuda:
        found["gpu"] = torch.cuda.get_device_name()
    found["threads"] = f"{torch.get_num_threads()} of {os.cpu_count()} cores"
    found |= {package: version(package) for package in PACKAGES}
    found["load"] = f"{os.getloadavg()[0]:.1f} before the start"
    found["precision auto"] = resolve_precision(TrainingSettings(), device)
    return found


def processor() -> str:
    """The model's name as Linux tells it, else what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # no Linux
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

"""Python, the packages, and the folders that LoRA Wizard keeps its own things in."""

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lora_wizard.doctor.findings import Finding, Level, Situation
from lora_wizard.doctor.paths import nearest_folder

__all__ = ["check_extras", "check_folders", "check_packages", "check_python"]

_LEAST_PYTHON = (3, 11)
_REQUIRED = (
    *("torch", "diffusers", "transformers", "accelerate", "peft", "safetensors"),
    *("numpy", "pillow", "pydantic", "rich", "textual", "tokenizers"),
)
_EXTRAS = ("bitsandbytes", "pytorch-optimizer", "tensorboard", "textual-serve")
_OWN_FOLDERS = (("XDG_CONFIG_HOME", ".config"), ("XDG_STATE_HOME", ".local/state"))
"""Presets of one's own lie in the first, half-answered questions in the second."""


def check_python(situation: Situation) -> Iterator[Finding]:
    """The version that runs this."""
    values = {"version": platform.python_version(), "path": sys.executable}
    if sys.version_info < _LEAST_PYTHON:
        yield Finding("python", "too_old", Level.ERROR, values)
    else:
        yield Finding("python", "found", Level.OK, values)


def check_packages(situation: Situation) -> Iterator[Finding]:
    """Their versions, from what was installed: nothing is imported."""
    found = {name: _version(name) for name in ("lora-wizard", *_REQUIRED)}
    listed = ", ".join(f"{name} {number}" for name, number in found.items() if number)
    missing = [name for name in _REQUIRED if not found[name]]
    if missing:
        values = {"names": ", ".join(missing), "words": " ".join(missing)}
        yield Finding("packages", "missing", Level.ERROR, values)
    if listed:
        yield Finding("packages", "found", Level.OK, {"listed": listed})


def check_extras(situation: Situation) -> Iterator[Finding]:
    """What some settings need and most do not."""
    for name in _EXTRAS:
        number, key = _version(name), name.replace("-", "_")
        outcome = f"{key}_found" if number else f"{key}_missing"
        yield Finding("extras", outcome, Level.OK, {"version": number})


def check_folders(situation: Situation) -> Iterator[Finding]:
    """Whether presets and answers can be kept."""
    home = Path(situation.environment.get("HOME") or "~").expanduser()
    for variable, usual in _OWN_FOLDERS:
        configured = Path(situation.environment.get(variable, ""))
        base = configured if configured.is_absolute() else home / usual
        path = base / "lora-wizard"
        if os.access(nearest_folder(path), os.W_OK | os.X_OK):
            yield Finding("folders", "writable", Level.OK, {"path": path})
        else:
            values = {"path": path, "variable": variable}
            yield Finding("folders", "closed", Level.WARNING, values)


def _version(name: str) -> str:
    """Empty where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""

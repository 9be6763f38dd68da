"""Which versions a run was trained with, for its record."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "lora-wizard",
    "torch",
    "diffusers",
    "transformers",
    "accelerate",
    "peft",
    "bitsandbytes",
    "pytorch-optimizer",
)


def installed_versions() -> dict[str, str]:
    """Of the packages that a result rests on, those that are installed."""
    found = {}
    for package in PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found

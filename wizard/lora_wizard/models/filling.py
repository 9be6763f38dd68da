"""Giving tensors to a module that was built without any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from lora_wizard.errors import ModelError


def fill(module: Any, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Makes `tensors` the module's parameters, without a copy.

    A matrix and a 1x1 convolution hold the same numbers: each is taken for the other.

    Raises:
        ModelError: one is missing or of the wrong shape.
    """
    own = dict(module.named_parameters())
    shaped = {
        name: tensor.reshape(own[name].shape)
        if name in own and _is_pointwise(tuple(tensor.shape), tuple(own[name].shape))
        else tensor
        for name, tensor in tensors.items()
    }
    try:
        result = module.load_state_dict(shaped, strict=False, assign=True)
    except RuntimeError as error:  # a shape that does not fit
        raise incomplete(path, str(error).splitlines()[-1].strip()) from error
    if result.missing_keys:
        raise incomplete(path, f"{result.missing_keys[0]} is missing")
    module.to(next(module.parameters()).device)  # the buffers, which were built on the CPU


def incomplete(path: Path, reason: str, *, what: str = "checkpoint") -> ModelError:
    """The error for a file that lacks something."""
    fix = "Use a full checkpoint, with UNet, text encoder and VAE in one file"
    return ModelError(
        f"The {what} is not complete: {reason}",
        where=str(path),
        fix=fix if what == "checkpoint" else "Download or copy it again",
    )


def _is_pointwise(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Whether two shapes differ in the `1, 1` of a convolution only."""
    short, long = sorted((first, second), key=len)
    return len(short) == 2 and long == (*short, 1, 1)

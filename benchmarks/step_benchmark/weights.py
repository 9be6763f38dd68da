"""A model's weights once in memory, however many variants train on them.

Each variant gets modules of its own, for it puts layers of its own on them. The frozen tensors in
them are the same ones: several full-size models side by side would not fit.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import torch
from torch import nn

from lora_wizard.models.families import Family
from lora_wizard.models.parts import Parts

AnyModule = TypeVar("AnyModule", bound=nn.Module)


class Weights:
    """The parts of a model in each wanted precision.

    Args:
        parts: on the CPU, in the widest wanted precision. Keep no reference: it may be freed.
        dtypes: the wanted precisions.
    """

    def __init__(self, parts: Parts, dtypes: Iterable[torch.dtype]) -> None:
        self._held = {dtype: _each(parts, partial(cast_copy, dtype=dtype)) for dtype in dtypes}

    def load(
        self,
        path: Path,
        *,
        family: Family | None,
        device: torch.device,
        dtype: torch.dtype,
        resting: torch.device | None = None,
        vae: Path | None = None,
    ) -> Parts:
        """New modules on the held tensors. Takes the place of `models.folder.load_folder`."""
        held = self._held[dtype] = _each(self._held[dtype], lambda part: part.to(device))
        return _each(held, twin)

    @contextmanager
    def in_place_of_the_disk(self) -> Iterator[None]:
        """Within it the shipped `load_base` reads these weights, whatever folder it is given."""
        with patch("lora_wizard.models.base.load_folder", self.load):
            yield


def twin(module: AnyModule) -> AnyModule:
    """A copy of a module's structure around the very same tensors."""
    tensors: list[torch.Tensor] = [*module.parameters(), *module.buffers()]
    return copy.deepcopy(module, {id(tensor): tensor for tensor in tensors})


def cast_copy(module: AnyModule, dtype: torch.dtype) -> AnyModule:
    """A frozen copy of a module in another precision; in its own, the tensors are shared.

    Parameters are cast one by one, so that never two whole models in float32 are held.
    """
    copies: dict[int, Any] = {}
    for parameter in module.parameters():
        copies[id(parameter)] = nn.Parameter(parameter.detach().to(dtype), requires_grad=False)
    for buffer in module.buffers():
        copies[id(buffer)] = buffer.to(dtype) if buffer.is_floating_point() else buffer
    return copy.deepcopy(module, copies)


def _each(parts: Parts, change: Callable[[Any], Any]) -> Parts:
    encoders = tuple(change(encoder) for encoder in parts.text_encoders)
    return replace(parts, unet=change(parts.unet), text_encoders=encoders, vae=change(parts.vae))

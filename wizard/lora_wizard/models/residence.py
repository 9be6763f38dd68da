"""Which parts of a base stand on its device: those that the work at hand needs.

A card of 8 GB holds the whole of SDXL only without its VAE and text encoders, and these have little
to do: they are brought for it and put aside again, in the computer's memory. On a CPU there is
nothing to move. Parameters stay the same objects wherever they go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

ASIDE = torch.device("cpu")
"""Where parts wait."""
ROOM_BYTES = 6 << 30
"""Free memory with which a VAE encodes pictures of 1024 pixels beside everything else."""


def resting_place(device: torch.device) -> torch.device:
    """Where a part that is needed now and then belongs."""
    return ASIDE if device.type == "cuda" else device


@contextmanager
def brought(modules: Sequence[Any], device: torch.device) -> Iterator[None]:
    """Within it the modules are on `device`; afterwards each is where it was."""
    homes = [_place(module) for module in modules]
    _move(modules, [device] * len(modules))
    try:
        yield
    finally:
        _move(modules, homes)


@contextmanager
def making_room(modules: Sequence[Any]) -> Iterator[None]:
    """Within it the modules are aside, where a card has little memory left; and back afterwards."""
    homes = [_place(module) for module in modules]
    if all(_has_room(home) for home in homes):
        yield
        return
    _move(modules, [ASIDE] * len(modules))
    try:
        yield
    finally:
        _move(modules, homes)


def _move(modules: Sequence[Any], places: Sequence[torch.device]) -> None:
    left = False
    # In inference mode the moved parameters would be good for nothing else afterwards.
    with torch.inference_mode(False):
        for module, place in zip(modules, places, strict=True):
            here = _place(module)
            if not _is_there(here, place):
                module.to(place)
                left |= here.type == "cuda"
    if left:
        # What torch keeps for itself is of the size of whole parts; other work needs other sizes.
        torch.cuda.empty_cache()


def _is_there(here: torch.device, place: torch.device) -> bool:
    """Whether `here` is `place`, which may leave the number of its card open."""
    return here.type == place.type and place.index in (None, here.index)


def _place(module: Any) -> torch.device:
    place: torch.device = next(module.parameters()).device
    return place


def _has_room(device: torch.device) -> bool:
    return device.type != "cuda" or torch.cuda.mem_get_info(device)[0] >= ROOM_BYTES

"""The LoRA's weights as they are saved and shown, where those are not the ones in training.

Averages are put in for a moment and the weights in training put back to the bit: saving and drawing
on the way change nothing of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn


@contextmanager
def exchanged(parameters: Sequence[nn.Parameter], put_in: Callable[[], None]) -> Iterator[None]:
    """Lets `put_in` change the parameters, and undoes it exactly in the end."""
    kept = [parameter.detach().clone() for parameter in parameters]
    try:
        put_in()
        yield
    finally:
        with torch.no_grad():
            for parameter, before in zip(parameters, kept, strict=True):
                parameter.copy_(before)


@contextmanager
def averaged_by(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """Weights as a schedule-free optimizer evaluates them (Defazio et al., 2024, equation 2: x).

    The optimizer's own way back to its y is right up to rounding only, so it is not taken.
    """
    inner: Any = optimizer
    parameters = [one for group in inner.param_groups for one in group["params"]]
    with exchanged(parameters, inner.eval):
        try:
            yield
        finally:
            for group in inner.param_groups:
                group["train_mode"] = True

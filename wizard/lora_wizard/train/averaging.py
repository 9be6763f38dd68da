"""The LoRA's weights as they are saved and shown, where those are not the ones in training.

Averages are put in for a moment and the weights in training put back to the bit: saving and drawing
on the way change nothing of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


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


class MovingAverage:
    """The exponential moving average of the weights in training (Polyak and Juditsky, 1992).

    Its decay after n steps is at most (1 + n) / (10 + n), so that the first weights, at which B is
    still 0, are soon forgotten; as in TensorFlow's ExponentialMovingAverage.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], decay: float) -> None:
        self._parameters = list(parameters)
        self._decay = decay
        self._weights = [parameter.detach().clone() for parameter in parameters]

    @torch.no_grad()
    def update(self, steps: int) -> None:
        """Takes in the weights after so many steps."""
        decay = min(self._decay, (1 + steps) / (10 + steps))
        torch._foreach_lerp_(self._weights, [one.data for one in self._parameters], 1 - decay)

    @torch.no_grad()
    def put_in(self) -> None:
        """The average in place of the weights in training."""
        for parameter, average in zip(self._parameters, self._weights, strict=True):
            parameter.copy_(average)

    def tensors(self) -> list[Tensor]:
        """A copy on the CPU, in the order of the parameters."""
        return [weight.to("cpu", copy=True) for weight in self._weights]

    def load(self, tensors: Sequence[Tensor]) -> None:
        """Goes on from what `tensors` gave."""
        for weight, saved in zip(self._weights, tensors, strict=True):
            weight.copy_(saved)

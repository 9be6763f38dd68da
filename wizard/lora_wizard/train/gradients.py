"""The gradients of all learned numbers, as one thing: measured, cut, averaged and cleared.

Autograd leaves a tensor for each parameter, which costs nothing where a step is long. Where a
recorded step writes them they need places that stay, and then all lie in one buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Gradients:
    """Those of some parameters.

    Attributes:
        flat: All in one buffer, once `lay_flat` was called.
    """

    def __init__(self, parameters: Sequence[nn.Parameter]) -> None:
        self._parameters = list(parameters)
        self.flat: Tensor | None = None

    def present(self) -> list[Tensor]:
        """One for each parameter that has one, or the buffer of all."""
        if self.flat is not None:
            return [self.flat]
        return [one.grad for one in self._parameters if one.grad is not None]

    def lay_flat(self) -> None:
        """Gives the gradients that are there now places in one buffer, for good.

        Parameters without one keep none: an optimizer passes over them.
        """
        found = [one for one in self._parameters if one.grad is not None]
        self.flat = torch.cat([one.grad.flatten() for one in found if one.grad is not None])
        start = 0
        for one in found:
            one.grad = self.flat[start : start + one.numel()].view_as(one)
            start += one.numel()

    def norm(self) -> Tensor:
        """The Euclidean norm of them all, a scalar on the device."""
        return nn.utils.get_total_norm(self.present())

    def limit(self, norm: Tensor, largest: float) -> None:
        """Shortens them so that their norm is `largest`, where `norm` is above it."""
        # On a CPU looking costs nothing, and most steps need no clipping: that saves a pass over
        # all gradients. On a GPU looking would wait for the device.
        if largest <= 0 or (norm.device.type == "cpu" and norm <= largest):
            return
        if self.flat is not None:
            self.flat.mul_((largest / (norm + 1e-6)).clamp(max=1))
        else:
            nn.utils.clip_grads_with_norm_(self._parameters, largest, norm)

    def average(self, head: Tensor, mean: Callable[[Tensor], Tensor]) -> Tensor:
        """Takes the mean over processes, in one message with a few numbers before them.

        Args:
            head: `(numbers,)`, averaged with them.
            mean: of a tensor over all processes.

        Returns:
            The mean of `head`.
        """
        present = self.present()
        flat = mean(torch.cat([head, *(one.flatten() for one in present)]))
        start = len(head)
        for one in present:
            one.copy_(flat[start : start + one.numel()].view_as(one))
            start += one.numel()
        return flat[: len(head)]

    def clear(self) -> None:
        """Forgets them before the next step."""
        if self.flat is not None:
            self.flat.zero_()
            return
        for one in self._parameters:
            one.grad = None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Within it there are none; afterwards they are what they were, whatever was added."""
        flat = None if self.flat is None else self.flat.clone()
        single = [] if self.flat is not None else [one.grad for one in self._parameters]
        self.clear()
        try:
            yield
        finally:
            self.clear()
            if flat is not None and self.flat is not None:
                self.flat.copy_(flat)
            for one, gradient in zip(self._parameters, single, strict=False):
                self._give_back(one, gradient)

    def _give_back(self, one: nn.Parameter, gradient: Tensor | None) -> None:
        if gradient is None:
            return
        if self.flat is None or one.grad is None:
            one.grad = gradient
        else:  # laid flat in between
            one.grad.copy_(gradient)

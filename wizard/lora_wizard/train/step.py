"""One step: forward and backward of its batches. Nothing is written and nothing decided here."""

from __future__ import annotations

import torch
from torch import Tensor

from lora_wizard.errors import LoraWizardError
from lora_wizard.train.computing import Computer
from lora_wizard.train.drawing import Drawer
from lora_wizard.train.gradients import Gradients
from lora_wizard.train.prepare import Prepared


class Stepper:
    """Computes gradients for the batches that a step shows.

    Args:
        ready: what is trained, on what.
        rank: of this process.
        gradients: of the learned numbers.
        computer: how they are computed.
    """

    def __init__(
        self, ready: Prepared, rank: int, gradients: Gradients, computer: Computer
    ) -> None:
        self._ready, self._rank = ready, rank
        self._gradients, self._computer = gradients, computer
        self._drawer = Drawer(ready, rank)

    def backward(self, step: int) -> Tensor:
        """Adds the step's gradients to the LoRA's parameters.

        Args:
            step: counted from 0.

        Returns:
            The mean loss of the step's batches, a scalar still on the device.
        """
        try:
            return self._batches(step)
        except LoraWizardError:
            raise
        except Exception as error:
            if not self._computer.gives_up(error):
                raise
        self._gradients.clear()
        return self._batches(step)

    def _batches(self, step: int) -> Tensor:
        batches = self._ready.batches.at(step, self._rank)
        total = torch.zeros((), device=self._ready.base.device)
        for place, shown in enumerate(batches):
            drawn = self._drawer.draw(step, place, shown)
            total += self._computer.add_gradients(drawn, len(batches))
        return total

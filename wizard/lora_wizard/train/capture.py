"""Steps recorded once for each shape and played again: on a GPU as CUDA graphs.

Of a small batch a GPU computes each layer faster than Python can ask for the next one. A recording
asks for everything at once. It reads and writes the same places in memory each time, so a batch is
copied into the recording's own tensors, and gradients lie in one buffer that stays.

Source: PyTorch's notes on CUDA graphs, "Whole-network capture".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from lora_wizard.train.drawing import Drawn, mapped, tensors_of
from lora_wizard.train.gradients import Gradients

Run = Callable[[Drawn, int], Tensor]
"""Adds the gradients of a batch that is one among so many in its step; returns its loss."""
WARM_UP = 3
"""Runs before a recording, in which libraries choose their ways and take their memory."""


class Recorder(Protocol):
    """Makes of a function on fixed tensors one that repeats what it did."""

    def __call__(self, run: Callable[[], Tensor]) -> Callable[[], Tensor]:
        """Runs it a few times; calling the result runs it once more and gives its value."""


class Recordings:
    """One recording for each shape of a batch.

    Args:
        run: computes a batch; may not look at any value on the device.
        gradients: where `run` leaves its results.
        record: how it is recorded; `cuda_recorder` makes one.
    """

    def __init__(self, run: Run, gradients: Gradients, record: Recorder) -> None:
        self._run, self._gradients, self._record = run, gradients, record
        self._known: dict[tuple[object, ...], tuple[Drawn, Callable[[], Tensor]]] = {}

    def __call__(self, drawn: Drawn, among: int) -> Tensor:
        """Adds the gradients of a batch; returns its loss.

        Args:
            drawn: of any shape.
            among: how many batches the step has.
        """
        key = (among, drawn.shape)
        if key not in self._known:
            self._known[key] = self._recorded(drawn, among)
        own, replay = self._known[key]
        _copy(drawn, own)
        return replay()

    def _recorded(self, drawn: Drawn, among: int) -> tuple[Drawn, Callable[[], Tensor]]:
        own = mapped(drawn, torch.clone)
        with self._gradients.aside():
            if self._gradients.flat is None:
                self._run(own, among)  # says which parameters get a gradient at all
                self._gradients.lay_flat()
            return own, self._record(lambda: self._run(own, among))


def cuda_recorder(device: torch.device) -> Recorder:
    """Records CUDA graphs that share their memory: they are played one after another."""
    pool = torch.cuda.graph_pool_handle()

    def record(run: Callable[[], Tensor]) -> Callable[[], Tensor]:
        with torch.cuda.device(device):
            aside, here = torch.cuda.Stream(), torch.cuda.current_stream()
            aside.wait_stream(here)
            with torch.cuda.stream(aside):
                for _ in range(WARM_UP):
                    run()
            here.wait_stream(aside)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, pool=pool):
                loss = run()

        def replay() -> Tensor:
            graph.replay()
            # The next graph may take this place.
            return loss.clone()

        return replay

    return record


def _copy(source: Drawn, target: Drawn) -> None:
    for one, place in zip(tensors_of(source), tensors_of(target), strict=True):
        place.copy_(one)

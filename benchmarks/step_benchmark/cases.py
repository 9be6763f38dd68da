"""The cases of the table: what people train, on what they have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .settings import PRECISIONS, Precision

Device = Literal["cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class Case:
    """One model on one kind of device."""

    device: Device
    size: str
    resolution: int
    batch: int
    rank: int
    precisions: tuple[Precision, ...]
    rounds: int
    steps_per_turn: int

    def arguments(self) -> list[str]:
        """The options of the command that measures it."""
        given = {
            "--size": self.size,
            "--resolution": self.resolution,
            "--batch": self.batch,
            "--rank": self.rank,
            "--precision": ",".join(self.precisions),
            "--rounds": self.rounds,
            "--steps-per-turn": self.steps_per_turn,
        }
        return [str(part) for pair in given.items() for part in pair]


CPU_CASES = (
    Case("cpu", "paperdoll", 64, 4, 128, PRECISIONS, rounds=9, steps_per_turn=1),
    Case("cpu", "sd15", 256, 1, 128, PRECISIONS, rounds=9, steps_per_turn=1),
)
CUDA_CASES = tuple(
    # Waiting for the device after each single step would hide what is gained by not waiting.
    Case("cuda", size, resolution, batch, rank, ("bf16",), rounds=5, steps_per_turn=10)
    for size, resolution in (("sd15", 512), ("sdxl", 1024))
    for batch in (1, 4)
    for rank in (16, 128)
)
CASES = (*CPU_CASES, *CUDA_CASES)

"""Fresh drawings without end for the autoencoder, drawn in this process or ahead by others.

A tenth of them shows only a head, for LoRAs will be asked for such: the autoencoder has to know
them, while the denoiser never sees one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from lora_wizard.paperdoll.base.corpus import draw_all, face_weights, stack, training_scene
from lora_wizard.paperdoll.traits import Scene, random_scene

FACE_EXTRA = 3.0
HEADS_ONLY = 0.1
DRAWN_TOGETHER = 100


def fresh_drawings(
    size: int, batch: int, *, seed: int, drawers: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches without end: pictures `(batch, 3, size, size)` uint8, and the weight of each pixel
    in the loss, `(batch, 1, size, size)` float32.

    Args:
        size: side in pixels.
        drawers: processes that draw ahead (worth it where a GPU waits); 0 to draw in this one.
    """
    feed = _Feed(size, batch, seed)
    return iter(feed) if drawers == 0 else iter(_loader(feed, drawers))


def drawn_in_order(
    scenes: Sequence[Scene], size: int, *, seed: int, drawers: int = 0
) -> Iterator[Tensor]:
    """The scenes' pictures in their order, `(up to 100, 3, size, size)` uint8 at a time."""
    return iter(_loader(_Slices(scenes, size, seed), drawers))


class _Feed(IterableDataset[tuple[Tensor, Tensor]]):
    def __init__(self, size: int, batch: int, seed: int) -> None:
        self._size, self._batch, self._seed = size, batch, seed

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = get_worker_info()
        rng = random.Random(self._seed if worker is None else f"{self._seed} {worker.id}")
        while True:
            scenes = [_scene(rng) for _ in range(self._batch)]
            drawings = draw_all(scenes, size=self._size, seed=rng.randrange(2**31))
            yield stack(drawings), face_weights(drawings, FACE_EXTRA)


def _scene(rng: random.Random) -> Scene:
    if rng.random() < HEADS_ONLY:
        return random_scene(rng, subject="head")
    return training_scene(rng)


class _Slices(Dataset[Tensor]):
    def __init__(self, scenes: Sequence[Scene], size: int, seed: int) -> None:
        self._scenes, self._size, self._seed = scenes, size, seed

    def __len__(self) -> int:
        return -(-len(self._scenes) // DRAWN_TOGETHER)

    def __getitem__(self, index: int) -> Tensor:
        start = index * DRAWN_TOGETHER
        if start >= len(self._scenes):
            raise IndexError(index)
        scenes = self._scenes[start : start + DRAWN_TOGETHER]
        return stack(draw_all(scenes, size=self._size, seed=self._seed + start))


def _loader(dataset: Dataset[object], drawers: int) -> DataLoader[object]:
    pinned = torch.cuda.is_available()
    return DataLoader(dataset, batch_size=None, num_workers=drawers, pin_memory=pinned)

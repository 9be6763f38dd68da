"""All pictures as latents, encoded once and kept on the device in half precision.

Mean and spread of the VAE's posterior are kept, not one sample of it: every step draws afresh, so
that no picture is ever seen twice in exactly the same form.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from lora_wizard.dataset import Dataset, LoadedPicture, load_picture
from lora_wizard.errors import TrainingError
from lora_wizard.models.base import BaseModel
from lora_wizard.models.transfer import sent
from lora_wizard.recipe import DataSettings

PIXELS_AT_ONCE = 1 << 19
KEPT = torch.float16


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """One picture's posterior. Shapes `(1, channels, height, width)` in latents."""

    mean: Tensor
    spread: Tensor
    mask: Tensor | None
    """`(1, 1, height, width)` opacity of each latent pixel, 0 to 1."""
    sizes: tuple[int, int, int, int, int, int]
    """Original height and width, crop top and left, target height and width, as SDXL reads them."""


class LatentCache:
    """The encoded pictures of a dataset, and their mirror images where `data.flip` asks."""

    def __init__(self, pictures: list[EncodedPicture], flipped: list[EncodedPicture]) -> None:
        self._pictures = {False: pictures, True: flipped}

    def sample(
        self, indexes: tuple[int, ...], flipped: bool, scale: float, generator: torch.Generator
    ) -> Tensor:
        """Fresh samples `(batch, channels, height, width)` float32, scaled for the UNet."""
        chosen = [self._pictures[flipped][index] for index in indexes]
        mean = torch.cat([one.mean for one in chosen]).float()
        spread = torch.cat([one.spread for one in chosen]).float()
        chance = torch.randn(mean.shape, generator=generator, device=mean.device)
        return torch.addcmul(mean, spread, chance).mul_(scale)

    def mask(self, indexes: tuple[int, ...], flipped: bool) -> Tensor | None:
        """`(batch, 1, height, width)`, or None where nothing is masked."""
        masks = [self._pictures[flipped][index].mask for index in indexes]
        found = [mask for mask in masks if mask is not None]
        return torch.cat(found) if found else None

    def sizes(self, indexes: tuple[int, ...], device: torch.device) -> Tensor:
        """`(batch, 6)` float32: half precision cannot tell 1533 pixels from 1536."""
        sizes = [self._pictures[False][index].sizes for index in indexes]
        return sent(torch.tensor(sizes, dtype=torch.float32), device)


@torch.no_grad()
def encode_dataset(
    base: BaseModel,
    dataset: Dataset,
    data: DataSettings,
    *,
    on_progress: Callable[[int, int], None],
) -> LatentCache:
    """Encodes every picture; reading and encoding overlap.

    Args:
        on_progress: called with (pictures done, pictures in all).

    Raises:
        DatasetError: a file changed since the scan.
        TrainingError: the VAE gave values that are not finite.
    """
    by_bucket: dict[tuple[int, int], list[int]] = {}
    for index, picture in enumerate(dataset.pictures):
        by_bucket.setdefault(picture.bucket, []).append(index)
    groups = []
    for (width, height), members in by_bucket.items():
        size = max(1, PIXELS_AT_ONCE // (width * height))
        groups += [members[start : start + size] for start in range(0, len(members), size)]
    found: dict[bool, dict[int, EncodedPicture]] = {False: {}, True: {}}
    done, total = 0, len(dataset.pictures)
    on_progress(done, total)
    with ThreadPoolExecutor(max_workers=2) as readers:

        def read(group: list[int]) -> list[Future[LoadedPicture]]:
            return [readers.submit(load_picture, dataset.pictures[index], data) for index in group]

        coming = read(groups[0])
        # One group is read while another is encoded; more would only fill the memory.
        for group, following in zip(groups, [*groups[1:], []], strict=True):
            loaded = [future.result() for future in coming]
            coming = read(following)
            for flip in (False, True) if data.flip else (False,):
                encoded = _encode(base, loaded, flip)
                found[flip].update(zip(group, encoded, strict=True))
            done += len(group)
            on_progress(done, total)
    flipped = [found[True][index] for index in range(total)] if data.flip else []
    return LatentCache([found[False][index] for index in range(total)], flipped)


def _encode(base: BaseModel, loaded: list[LoadedPicture], flip: bool) -> list[EncodedPicture]:
    pixels = torch.stack([torch.from_numpy(one.pixels.copy()) for one in loaded])
    signed = pixels.permute(0, 3, 1, 2).to(_device(base)).float().div_(127.5).sub_(1)
    if flip:
        signed = signed.flip(-1)
    ready = signed.to(base.vae.dtype).contiguous(memory_format=torch.channels_last)
    posterior = base.vae.encode(ready).latent_dist
    mean, spread = posterior.mean.to(KEPT), posterior.std.to(KEPT)
    if not bool(torch.isfinite(mean).all()):
        raise TrainingError(
            "the VAE gave values that are not finite",
            where=f"{base.name} in {str(base.vae.dtype).removeprefix('torch.')}",
            fix='Set training.precision = "fp32", or use another VAE',
        )
    encoded = []
    for row, one in enumerate(loaded):
        mask = None
        if one.mask is not None:
            full = torch.from_numpy(one.mask)[None, None].to(mean.device)
            full = full.flip(-1) if flip else full
            mask = functional.interpolate(full, mean.shape[-2:], mode="area")
        encoded.append(
            EncodedPicture(mean[row : row + 1], spread[row : row + 1], mask, _sizes(one))
        )
    return encoded


def _device(base: BaseModel) -> torch.device:
    """The VAE's: the UNet may be aside while it works."""
    device: torch.device = next(base.vae.parameters()).device
    return device


def _sizes(one: LoadedPicture) -> tuple[int, int, int, int, int, int]:
    width, height = one.original_size
    target_height, target_width = one.pixels.shape[:2]
    return (height, width, one.crop.top, one.crop.left, target_height, target_width)

"""The latent cache: the VAE's posterior of every picture, sampled afresh at every use."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.testing import assert_close

from lora_wizard.dataset import Dataset, scan
from lora_wizard.errors import DatasetError, TrainingError
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.recipe import DataSettings
from lora_wizard.train.latents import LatentCache, encode_dataset

from .material import draw_pictures, small_recipe

SCALE = 0.5


def settings_of(images: Path, **changes: str) -> DataSettings:
    return small_recipe("paperdoll", images, **changes).data


def cache_of(base: BaseModel, data: DataSettings) -> tuple[LatentCache, Dataset]:
    dataset = scan(data)
    return encode_dataset(base, dataset, data, on_progress=lambda done, total: None), dataset


def drawn(
    cache: LatentCache, indexes: tuple[int, ...], seed: int, *, flipped: bool = False
) -> Tensor:
    return cache.sample(indexes, flipped, SCALE, torch.Generator().manual_seed(seed))


@torch.no_grad()
def posterior(base: BaseModel, picture: Image.Image) -> tuple[Tensor, Tensor]:
    """Mean and spread straight from the VAE."""
    values = torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1)[None].float()
    found = base.vae.encode(values / 127.5 - 1).latent_dist
    return found.mean, found.std


@pytest.fixture(scope="module")
def plain(base: BaseModel, images: Path) -> tuple[LatentCache, Dataset]:
    return cache_of(base, settings_of(images))


def test_every_draw_is_fresh_and_a_seed_repeats_it(plain: tuple[LatentCache, Dataset]) -> None:
    cache, _ = plain
    first, again, other = drawn(cache, (0, 1), 1), drawn(cache, (0, 1), 1), drawn(cache, (0, 1), 2)
    assert first.shape == (2, 4, 8, 8)
    assert first.dtype == torch.float32
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_draws_have_the_mean_and_the_spread_of_the_vaes_posterior(
    base: BaseModel, plain: tuple[LatentCache, Dataset]
) -> None:
    cache, dataset = plain
    with Image.open(dataset.pictures[0].path) as picture:
        mean, spread = posterior(base, picture)
    draws = drawn(cache, (0,) * 4000, 3) / SCALE
    assert_close(draws.mean(0), mean[0], rtol=0, atol=0.1 * float(spread.max()))
    assert_close(draws.std(0), spread[0], rtol=0.1, atol=1e-3)


def test_a_flipped_draw_is_of_the_mirror_image(base: BaseModel, images: Path) -> None:
    cache, dataset = cache_of(base, settings_of(images, data__flip="true"))
    with Image.open(dataset.pictures[0].path) as picture:
        mean, spread = posterior(base, ImageOps.mirror(picture))
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(4))
    expected = (mean + spread * noise) * SCALE
    assert_close(drawn(cache, (0,), 4, flipped=True), expected, rtol=1e-2, atol=1e-2)
    assert not torch.allclose(drawn(cache, (0,), 4), expected, rtol=1e-2, atol=1e-2)


def test_every_picture_keeps_its_place_whatever_its_bucket(
    base: BaseModel, plain: tuple[LatentCache, Dataset]
) -> None:
    cache, dataset = plain
    assert len({picture.bucket for picture in dataset.pictures}) == 2
    for index, picture in enumerate(dataset.pictures):
        width, height = picture.bucket
        assert drawn(cache, (index,), 5).shape == (1, 4, height // 8, width // 8)
        ((*original, _, _, target_height, target_width),) = cache.sizes(
            (index,), torch.device("cpu")
        ).tolist()
        assert original == [picture.height, picture.width]
        assert (target_height, target_width) == (height, width)


def test_opacity_is_the_mask_of_latent_pixels_and_is_flipped_along(
    base: BaseModel, tmp_path: Path
) -> None:
    folder = draw_pictures(tmp_path / "1_mira", [(64, 64)])
    alpha = np.zeros((64, 64), dtype=np.uint8)
    alpha[:, :16], alpha[:, 16:20] = 255, 255
    picture = Image.new("RGB", (64, 64), "red")
    picture.putalpha(Image.fromarray(alpha))
    picture.save(folder / "half.png")
    data = settings_of(tmp_path, data__alpha_mask="true", data__flip="true")
    cache, dataset = cache_of(base, data)
    names = [picture.path.name for picture in dataset.pictures]
    indexes = (names.index("half.png"), names.index("0.png"))
    mask, mirrored = cache.mask(indexes, False), cache.mask(indexes, True)
    assert mask is not None
    assert mirrored is not None
    assert mask.shape == (2, 1, 8, 8)
    assert_close(mask[0, 0, 3], torch.tensor([1, 1, 0.5, 0, 0, 0, 0, 0]))
    assert bool((mask[1] == 1).all())
    assert torch.equal(mirrored, mask.flip(-1))


def test_without_alpha_mask_nothing_is_masked(plain: tuple[LatentCache, Dataset]) -> None:
    assert plain[0].mask((0, 1), False) is None


def test_progress_counts_pictures_up_to_all(base: BaseModel, images: Path) -> None:
    data = settings_of(images)
    told: list[tuple[int, int]] = []
    encode_dataset(base, scan(data), data, on_progress=lambda *counts: told.append(counts))
    assert told[0] == (0, 5)
    assert told[-1] == (5, 5)
    assert told == sorted(told)


def test_a_picture_that_changed_since_the_scan_is_named(base: BaseModel, tmp_path: Path) -> None:
    folder = draw_pictures(tmp_path / "1_mira", [(64, 64), (64, 64)])
    data = settings_of(tmp_path)
    dataset = scan(data)
    Image.new("RGB", (10, 500)).save(folder / "1.png")
    with pytest.raises(DatasetError, match=r"1\.png"):
        encode_dataset(base, dataset, data, on_progress=lambda done, total: None)
    os.unlink(folder / "1.png")
    with pytest.raises(DatasetError, match=r"1\.png"):
        encode_dataset(base, dataset, data, on_progress=lambda done, total: None)


def test_a_vae_that_overflows_is_an_error_before_anything_is_trained(
    base_folder: Path, images: Path
) -> None:
    broken = load_base(str(base_folder))
    broken.vae.encoder.conv_in.weight.data.fill_(float("inf"))
    with pytest.raises(TrainingError, match="not finite") as caught:
        cache_of(broken, settings_of(images))
    assert "fp32" in caught.value.fix

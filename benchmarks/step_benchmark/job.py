"""The training job that every variant does: pictures on the disk, a recipe, a base model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from accelerate import Accelerator
from PIL import Image

from lora_wizard.dataset import Dataset
from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.recipe import (
    DataSettings,
    ModelSettings,
    NetworkSettings,
    Recipe,
    TrainingSettings,
)
from lora_wizard.runs import Note, Phase
from lora_wizard.train.batches import BatchSchedule
from lora_wizard.train.latents import LatentCache, encode_dataset
from lora_wizard.train.precision import TYPES
from lora_wizard.train.prepare import read_pictures
from lora_wizard.train.processes import start_accelerator

from .settings import SEED, Precision, Settings
from .sizes import SIZES
from .weights import Weights

PICTURES = 4
TAGS = (
    "1girl, solo, long hair, blue eyes, blush, smile, school uniform, white shirt, red bow, "
    "standing, looking at viewer, simple background, upper body, hair ribbon, open mouth"
)
ENDLESS = 1_000_000
"""More steps than any benchmark makes."""


@dataclass(frozen=True, slots=True)
class Job:
    """What one precision's variants train, on what, and how."""

    recipe: Recipe
    dataset: Dataset
    accelerator: Accelerator
    precision: Precision

    def base(self) -> BaseModel:
        """A base model of one's own, as the trainer loads it."""
        dtype = TYPES[self.precision]
        return load_base(self.recipe.model.base, device=self.accelerator.device, dtype=dtype)

    def batches(self) -> BatchSchedule:
        return BatchSchedule(self.dataset, self.recipe)

    def latents(self, base: BaseModel) -> LatentCache:
        """The encoded pictures. The VAE then leaves the device, as in training."""
        cache = encode_dataset(base, self.dataset, self.recipe.data, on_progress=_unseen)
        base.vae.to("cpu")
        return cache


@contextmanager
def made_jobs(settings: Settings) -> Iterator[dict[Precision, Job]]:
    """The job in each precision. Its files and its model are there within the context."""
    accelerator = start_accelerator()
    dtypes = [TYPES[precision] for precision in settings.precisions]
    widest = torch.float32 if torch.float32 in dtypes else dtypes[0]
    weights = Weights(SIZES[settings.size].build(widest), dtypes)
    with TemporaryDirectory(prefix="train-step-") as name, weights.in_place_of_the_disk():
        folder = Path(name)
        write_pictures(folder / "images" / f"{PICTURES}_subject", settings.resolution)
        # Never read, for the weights are in memory; but a base has to be somewhere.
        (folder / settings.size).mkdir()
        jobs: dict[Precision, Job] = {}
        for precision in settings.precisions:
            recipe = written_recipe(folder, settings, precision)
            dataset = read_pictures(recipe, ignore)
            jobs[precision] = Job(recipe, dataset, accelerator, precision)
        yield jobs


def write_pictures(folder: Path, side: int) -> None:
    """Random soft pictures of `side` pixels with captions; the same at every call."""
    folder.mkdir(parents=True)
    chance = np.random.default_rng(SEED)
    for number in range(PICTURES):
        blotches = Image.fromarray(chance.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        blotches.resize((side, side), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
        (folder / f"{number}.txt").write_text(f"subject{number}, {TAGS}", encoding="utf-8")


def written_recipe(folder: Path, settings: Settings, precision: Precision) -> Recipe:
    """Both parts trained with alpha = rank at a constant rate; else the shipped defaults."""
    return Recipe(
        model=ModelSettings(base=str(folder / settings.size)),
        data=DataSettings(
            images=str(folder / "images"),
            resolution=(settings.resolution, settings.resolution),
            buckets=False,
        ),
        network=NetworkSettings(rank=settings.rank, alpha=float(settings.rank), parts="both"),
        training=TrainingSettings(
            batch_size=settings.batch,
            steps=ENDLESS,
            learning_rate=settings.learning_rate,
            scheduler="constant",
            seed=SEED,
            precision=precision,
        ),
    )


def ignore(event: Note | Phase) -> None:
    """Nobody watches."""


def _unseen(done: int, total: int) -> None:
    """Nobody watches."""

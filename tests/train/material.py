"""A few pictures, and recipes that train on them in a second or two."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image

from lora_wizard.recipe import Recipe, with_settings

TAGS = ("red hair", "blue eyes", "smile", "kimono", "classroom")
SIZE = 64


def draw_pictures(folder: Path, sizes: list[tuple[int, int]], *, mode: str = "RGB") -> Path:
    """Coloured noise with captions, the trigger first."""
    folder.mkdir(parents=True)
    for number, size in enumerate(sizes):
        chance = random.Random(number)
        pixels = chance.randbytes(size[0] * size[1] * len(mode))
        Image.frombytes(mode, size, pixels).save(folder / f"{number}.png")
        tags = ", ".join(chance.sample(TAGS, 4))
        (folder / f"{number}.txt").write_text(f"mira, {tags}", encoding="utf-8")
    return folder


def small_recipe(base: Path | str, images: Path, **settings: str) -> Recipe:
    """Six steps at rank 2 in fp32; `settings` have `__` for the dot of their keys."""
    given = {
        "model.base": str(base),
        "data.images": str(images),
        "data.resolution": str(SIZE),
        "data.bucket_min": "32",
        "data.bucket_max": "128",
        "data.bucket_step": "16",
        "network.rank": "2",
        "network.alpha": "2",
        "training.steps": "6",
        "training.learning_rate": "1e-3",
        "training.precision": "fp32",
        "saving.name": "mira",
        "saving.precision": "fp32",
    }
    chosen = {key.replace("__", "."): value for key, value in settings.items()}
    if "training.epochs" in chosen:
        del given["training.steps"]
    return with_settings(Recipe(), {**given, **chosen})

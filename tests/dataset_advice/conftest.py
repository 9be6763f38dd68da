"""Small real folders of pictures, and what the rules say of them."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from lora_wizard.dataset.advice import Advice, Facts, advise, gather_facts
from lora_wizard.recipe import Recipe, with_settings

SMALL = {
    "data.resolution": "64",
    "data.bucket_min": "32",
    "data.bucket_max": "128",
    "data.bucket_step": "16",
}


class Material:
    """A folder of the character's pictures and one of regularisation pictures."""

    def __init__(self, root: Path) -> None:
        self.images = root / "images"
        self.others = root / "others"
        self.images.mkdir()
        self.random = random.Random(1)

    def picture(
        self,
        name: str,
        caption: str | None = "mio, smile",
        *,
        size: tuple[int, int] = (64, 64),
        mode: str = "RGB",
        ground: str | None = None,
        figure: tuple[int, int, int, int] | None = None,
    ) -> Path:
        """Write `name` below the images: noise, or a figure on one colour or on nothing."""
        path = (self.others if name.startswith("reg:") else self.images) / name.removeprefix("reg:")
        path.parent.mkdir(parents=True, exist_ok=True)
        if figure is None and ground is None:
            image = Image.frombytes("RGB", size, self.random.randbytes(3 * size[0] * size[1]))
            image = image.convert(mode)
        else:
            image = Image.new(mode, size, ground or "#00000000")
            shade = self.random.randrange(256), self.random.randrange(256), 90
            ImageDraw.Draw(image).rectangle(figure or (0, 0, 1, 1), fill=shade)
        image.save(path)
        if caption is not None:
            path.with_suffix(".txt").write_text(caption, encoding="utf-8")
        return path

    def pictures(self, folder: str, captions: list[str]) -> None:
        """Write a picture of noise for each caption: 0.png, 1.png and so on."""
        for number, caption in enumerate(captions):
            self.picture(f"{folder}/{number}.png", caption)

    def heads(self, count: int = 4, folder: str = "10_mio") -> None:
        """Cut-out heads."""
        for number in range(count):
            self.picture(
                f"{folder}/head{number}.png",
                "mio, smile, close-up",
                mode="RGBA",
                figure=(16, 16, 47, 47),
            )

    def recipe(self, settings: Mapping[str, object] | None = None) -> Recipe:
        """The default recipe at 64 pixels, on these pictures."""
        own = {"data.images": str(self.images), **SMALL}
        if self.others.exists():
            own["data.regularisation"] = str(self.others)
        given = {key: _typed(value) for key, value in (settings or {}).items()}
        return with_settings(Recipe(), own | given)

    def facts(self, **data: object) -> Facts:
        return gather_facts(self.recipe({f"data.{k}": v for k, v in data.items()}).data)

    def advice(self, settings: Mapping[str, object] | None = None) -> dict[str, Advice]:
        """Everything the rules say, by the rule's key."""
        recipe = self.recipe(settings)
        return {advice.key: advice for advice in advise(gather_facts(recipe.data), recipe)}


def _typed(value: object) -> str:
    """A value as typed behind `--set`."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, tuple) else str(value)


@pytest.fixture
def material(tmp_path: Path) -> Material:
    """Nothing but an empty folder, to be filled by the test."""
    return Material(tmp_path)

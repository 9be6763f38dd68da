"""Pictures with their captions on the disk, as every trainer of LoRAs reads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lora_wizard.paperdoll.placing import new_folder

NATIVE_SIZE = 64
"""Side in pixels of the pictures that the base model of this package draws."""


@dataclass(frozen=True, slots=True)
class Captioned:
    """One picture and where it belongs."""

    folder: str
    """A name such as `36_hoshino_mio`: how often it is seen in an epoch, and what it shows."""
    caption: str
    image: Image.Image


def save_pictures(pictures: Iterable[Captioned], out: Path, *, overwrite: bool) -> None:
    """Writes PNG and .txt pairs, numbered within each folder, below `out`, all or nothing.

    Raises:
        DatasetError: `out` is there and not empty, and `overwrite` is not given.
        RunError: it cannot be written.
    """
    counts: Counter[str] = Counter()
    with new_folder(out, overwrite=overwrite) as root:
        for picture in pictures:
            counts[picture.folder] += 1
            place = root / picture.folder / f"{counts[picture.folder]:03d}.png"
            place.parent.mkdir(exist_ok=True)
            picture.image.save(place)
            place.with_suffix(".txt").write_text(picture.caption + "\n", encoding="utf-8")

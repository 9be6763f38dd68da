"""One picture as numbers: composited, resized and cut to its bucket.

Transparent pictures are put on the recipe's background before anything else touches them: the
colours that editors leave below full transparency never reach training (sd-scripts issue 1269).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from lora_wizard.dataset.crop import CropPlan, crop_plan
from lora_wizard.dataset.decoding import open_upright, strips
from lora_wizard.dataset.records import Picture, Size
from lora_wizard.dataset.room import ROOM
from lora_wizard.errors import DatasetError
from lora_wizard.recipe import DataSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LoadedPicture:
    """A picture as it is trained on."""

    pixels: NDArray[np.uint8]
    """`(height, width, 3)` RGB of the bucket's size, 0 to 255."""
    mask: NDArray[np.float32] | None
    """`(height, width)` opacity, 0 to 1, all ones for an opaque picture; None unless
    `data.alpha_mask` asks for it."""
    original_size: Size
    """Pixels of the upright original."""
    crop: CropPlan


def load_picture(picture: Picture, data: DataSettings) -> LoadedPicture:
    """Read one picture at the size of its bucket.

    Raises:
        DatasetError: the file has been damaged, removed or edited since the scan.
    """
    with ROOM.taken(picture.width * picture.height):
        return _loaded(picture, data)


def _loaded(picture: Picture, data: DataSettings) -> LoadedPicture:
    import numpy as np

    image = open_upright(picture.path)
    plan = crop_plan(picture.width, picture.height, data)
    if image.size != (picture.width, picture.height) or plan.bucket != picture.bucket:
        raise DatasetError(
            f"was {picture.width}x{picture.height} for a bucket of "
            f"{picture.bucket[0]}x{picture.bucket[1]} when it was scanned, and is no longer",
            where=str(picture.path),
            fix="Leave pictures and recipe as they are while a run starts, and start it again.",
        )
    mask = _mask(image, plan) if data.alpha_mask else None
    opaque = _opaque(image, data.background)
    pixels = opaque.resize(plan.bucket, Image.Resampling.LANCZOS, box=plan.box)
    return LoadedPicture(
        pixels=np.asarray(pixels, dtype=np.uint8),
        mask=mask,
        original_size=image.size,
        crop=plan,
    )


def _opaque(image: Image.Image, background: str) -> Image.Image:
    """The picture in RGB, put on one colour where it is transparent."""
    if image.mode != "RGBA":
        return image
    opaque = Image.new("RGB", image.size)
    for top, strip in strips(image):
        backdrop = Image.new("RGBA", strip.size, background)
        opaque.paste(Image.alpha_composite(backdrop, strip).convert("RGB"), (0, top))
    return opaque


def _mask(image: Image.Image, plan: CropPlan) -> NDArray[np.float32]:
    """The picture's opacity at its bucket's size, by area so that no value leaves 0 to 1."""
    import numpy as np

    if image.mode != "RGBA":
        return np.ones((plan.bucket[1], plan.bucket[0]), dtype=np.float32)
    alpha = image.getchannel("A").resize(plan.bucket, Image.Resampling.BOX, box=plan.box)
    return np.asarray(alpha, dtype=np.float32) / np.float32(255)

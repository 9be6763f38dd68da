"""A sheet of random drawings, to see at a glance what the paperdoll world is like."""

from __future__ import annotations

import math
import random
from pathlib import Path

from PIL import Image

from lora_wizard.errors import DatasetError
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.saving import NATIVE_SIZE
from lora_wizard.paperdoll.traits import random_scene
from lora_wizard.runs.atomic import replacing

_SUBJECTS = {"one": 17, "head": 1, "mannequin": 1, "multiple views": 1}
_PAPER = (250, 248, 244)
_GAP = 4


def random_sheet(count: int, *, seed: int, size: int = NATIVE_SIZE) -> Image.Image:
    """`count` random scenes in rows, three wide to two high; cut-out heads lie on paper."""
    rng = random.Random(seed)
    columns = max(1, round(math.sqrt(count * 1.5)))
    rows = math.ceil(count / columns)
    step = size + _GAP
    sheet = Image.new("RGB", (columns * step + _GAP, rows * step + _GAP), _PAPER)
    for number in range(count):
        subject = rng.choices(list(_SUBJECTS), list(_SUBJECTS.values()))[0]
        scene = random_scene(rng, subject=subject)
        drawn = draw(scene, size=size, seed=rng.randrange(2**31), transparent=subject == "head")
        place = (_GAP + number % columns * step, _GAP + number // columns * step)
        sheet.paste(drawn.image, place, drawn.image if drawn.image.mode == "RGBA" else None)
    return sheet


def write_sheet(
    out: Path, *, count: int, seed: int, size: int = NATIVE_SIZE, overwrite: bool = False
) -> None:
    """Saves `random_sheet` as the PNG `out`.

    Raises:
        DatasetError: the file is there and `overwrite` is not given.
        RunError: it cannot be written.
    """
    if out.exists() and not overwrite:
        fix = "Choose another with --out, or give --overwrite."
        raise DatasetError("this file is there already", where=str(out), fix=fix)
    sheet = random_sheet(count, seed=seed, size=size)
    with replacing(out) as temporary:
        sheet.save(temporary, format="PNG")

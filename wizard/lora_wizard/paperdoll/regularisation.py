"""Pictures for regularisation: other characters, tagged in full, so that `1girl` keeps its meaning.

Nobody in them has both the hair colour and the eye colour of the character to be learned: such a
picture would teach that her looks need no trigger.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from PIL import Image

from lora_wizard.errors import LoraWizardError
from lora_wizard.paperdoll.captions import full_caption
from lora_wizard.paperdoll.draw import draw
from lora_wizard.paperdoll.saving import NATIVE_SIZE, Captioned, save_pictures
from lora_wizard.paperdoll.traits import Character, Scene, random_scene

Kind = Literal["transparent", "scene"]
"""Cut-out heads and figures on nothing, or whole pictures."""
Source = Literal["drawn", "base"]
"""Drawn by the paperdoll's own code, or sampled from the base model as the article did."""

FOLDER = "1_1girl"
COUNT = 400
GUIDANCE = 5.0
_SAMPLED_TOGETHER = 16


def write_regularisation(
    kind: str,
    out: Path,
    *,
    without: Character,
    count: int = COUNT,
    source: str = "drawn",
    base: str = "paperdoll",
    seed: int = 1,
    size: int = NATIVE_SIZE,
    overwrite: bool = False,
) -> None:
    """Writes `count` pictures with captions into the folder `1_1girl` of `out`.

    The same arguments always give the same files (with `source="base"` on the same machine).

    Args:
        kind: `transparent` or `scene`.
        without: the character who must not be met.
        source: `drawn` (quick), or `base` for scenes sampled from the base model.
        base: the base model that `source="base"` samples.
        size: side of the pictures in pixels.
        overwrite: what is in `out` is moved aside in place of refusing.

    Raises:
        DatasetError: `out` is there and not empty.
        LoraWizardError: transparent pictures asked of the base model, or an unknown word.
        ModelError: the base model cannot be loaded.
        RunError: `out` cannot be written.
    """
    for word, known in ((kind, get_args(Kind)), (source, get_args(Source))):
        if word not in known:
            raise LoraWizardError(f'there is no "{word}"', fix=f"Choose {' or '.join(known)}.")
    if source == "base" and kind == "transparent":
        raise LoraWizardError(
            "the base model draws no transparent pictures",
            where="--source base",
            fix="Leave it out, or choose --kind scene.",
        )
    planned = plan_regularisation(kind, without=without, count=count, seed=seed)
    captions = [full_caption(scene, transparent=kind == "transparent") for scene in planned]
    if source == "base":
        images = _sampled(captions, base=base, size=size, seed=seed)
    else:
        images = _drawn(planned, size=size, seed=seed, transparent=kind == "transparent")
    pictures = (
        Captioned(FOLDER, caption, image) for caption, image in zip(captions, images, strict=True)
    )
    save_pictures(pictures, out, overwrite=overwrite)


def plan_regularisation(kind: str, *, without: Character, count: int, seed: int) -> list[Scene]:
    """The scenes to draw: one character each; of the transparent ones every second a head."""
    rng = random.Random(f"regularisation {kind} {seed}")
    scenes: list[Scene] = []
    while len(scenes) < count:
        head = kind == "transparent" and len(scenes) % 2 == 0
        scene = random_scene(rng, subject="head" if head else "one")
        if _resembles(scene.character, without):
            continue
        if kind == "transparent":
            scene = replace(scene, background="simple background")
        scenes.append(scene)
    return scenes


def _resembles(one: Character, other: Character) -> bool:
    return (one.hair_colour, one.eye_colour) == (other.hair_colour, other.eye_colour)


def _drawn(
    scenes: Sequence[Scene], *, size: int, seed: int, transparent: bool
) -> Iterator[Image.Image]:
    for number, scene in enumerate(scenes):
        place = seed * 1_000_003 + number
        yield draw(scene, size=size, seed=place, transparent=transparent).image


def _sampled(captions: Sequence[str], *, base: str, size: int, seed: int) -> Iterator[Image.Image]:
    """Pictures that the base model makes of the captions, some at a time."""
    # Not at the top: whoever draws needs no torch.
    from lora_wizard.models.base import load_base
    from lora_wizard.models.placement import choose_device
    from lora_wizard.models.sampling import sample
    from lora_wizard.recipe import SamplingSettings

    model = load_base(base, device=choose_device())
    for start in range(0, len(captions), _SAMPLED_TOGETHER):
        prompts = captions[start : start + _SAMPLED_TOGETHER]
        yield from sample(
            model,
            prompts,
            seeds=[seed * 1_000_003 + start + number for number in range(len(prompts))],
            negative=SamplingSettings().negative,
            guidance=GUIDANCE,
            width=size,
            height=size,
        )

"""What the base model sees: scenes drawn at random, their pictures and their captions.

Floating heads are never among them: a base that draws whole people is what makes the floating
heads of a badly trained LoRA visible.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from lora_wizard.paperdoll.draw import Drawing, draw
from lora_wizard.paperdoll.tags import scene_tags, shuffled_caption
from lora_wizard.paperdoll.traits import Scene, random_scene

SUBJECTS: dict[str, float] = {"one": 0.9, "multiple views": 0.05, "twins": 0.02, "mannequin": 0.03}
TAGS_DROPPED: tuple[float, ...] = (0.0, 0.05, 0.25, 0.6, 0.85)
"""Shares of a caption's tags that are left out, evenly chosen: people's prompts are short, and what
they do not say must still become one whole picture."""
HELD_OUT_EVERY = 16
"""Scenes whose combination of hair, eyes and outfit falls in one class of 16 are never trained on,
so that quality is measured on unseen combinations."""


def is_held_out(scene: Scene) -> bool:
    """Whether this combination of hair colour, eye colour and outfit belongs to the measurement."""
    words = (scene.character.hair_colour, scene.character.eye_colour, scene.outfit.kind)
    return sum(ord(letter) for word in words for letter in word) % HELD_OUT_EVERY == 0


def training_scene(rng: random.Random) -> Scene:
    """A scene of the training mixture, never a held-out combination."""
    subject = rng.choices(list(SUBJECTS), list(SUBJECTS.values()))[0]
    while is_held_out(scene := random_scene(rng, subject=subject)):
        pass
    return scene


def unseen_scene(rng: random.Random) -> Scene:
    """A scene of one character in a combination that training never showed."""
    while not is_held_out(scene := random_scene(rng)):
        pass
    return scene


def training_caption(scene: Scene, rng: random.Random, words: list[str]) -> str:
    """The scene's tags shuffled, a few dropped, sometimes with meaningless words among them.

    The words teach the model that a name it does not know changes nothing.
    """
    tags = scene_tags(scene)
    free = tags[1:]
    for _ in range(rng.choices((0, 1, 2, 3), (5, 3, 2, 1))[0]):
        free.append(" ".join(rng.choice(words) for _ in range(rng.choice((1, 1, 2)))))
    return shuffled_caption([tags[0], *free], rng, drop=rng.choice(TAGS_DROPPED))


def pixels_of(drawing: Drawing) -> np.ndarray:
    """`(height, width, 3)` uint8."""
    return np.asarray(drawing.image.convert("RGB"))


def draw_all(scenes: Sequence[Scene], *, size: int, seed: int) -> list[Drawing]:
    """The scenes drawn, scene i with seed + i."""
    return [draw(scene, size=size, seed=seed + i) for i, scene in enumerate(scenes)]


def stack(drawings: Sequence[Drawing]) -> Tensor:
    """Their pictures as `(n, 3, size, size)` uint8."""
    pictures = np.stack([pixels_of(drawing) for drawing in drawings])
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous()


def face_weights(drawings: Sequence[Drawing], extra: float) -> Tensor:
    """`(n, 1, size, size)` float32: 1, and 1 + `extra` on the upper two thirds of each face.

    Eyes are small; without this an autoencoder spends nothing on their colour.
    """
    size = drawings[0].image.size[0]
    weights = torch.ones(len(drawings), 1, size, size)
    for index, drawing in enumerate(drawings):
        for figure in drawing.figures:
            if figure.face is not None:
                left, top, right, bottom = (round(edge * size) for edge in figure.face)
                weights[index, 0, top : (top + 2 * bottom) // 3, left:right] = 1 + extra
    return weights


def to_signed(pictures: Tensor) -> Tensor:
    """uint8 in 0..255 to float32 in -1..1."""
    return pictures.float() / 127.5 - 1

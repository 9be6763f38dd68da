"""What a paperdoll can look like: the closed vocabularies, and the frozen values made of them.

Every word here is a Danbooru-style tag or a part of one. This module draws nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

Colour = tuple[int, int, int]

HAIR_COLOURS: dict[str, Colour] = {
    "black": (52, 48, 62),
    "brown": (128, 80, 50),
    "blonde": (250, 218, 105),
    "orange": (246, 140, 48),
    "red": (206, 44, 50),
    "pink": (252, 158, 196),
    "purple": (150, 88, 192),
    "blue": (58, 96, 208),
    "aqua": (92, 216, 216),
    "green": (78, 172, 92),
    "white": (240, 240, 246),
    "grey": (150, 152, 164),
}
EYE_COLOURS: dict[str, Colour] = {
    "blue": (52, 104, 236),
    "red": (226, 36, 46),
    "green": (36, 168, 66),
    "purple": (152, 56, 206),
    "yellow": (246, 198, 28),
    "brown": (136, 82, 38),
    "pink": (252, 112, 178),
    "aqua": (48, 208, 218),
}
HAIR_STYLES: tuple[str, ...] = (
    "short hair",
    "bob cut",
    "long hair",
    "twintails",
    "low twintails",
    "ponytail",
    "side ponytail",
    "twin braids",
    "single braid",
    "hair bun",
    "double bun",
    "drill hair",
)
BANGS: tuple[str, ...] = ("blunt bangs", "parted bangs", "swept bangs")
ORNAMENTS: tuple[str, ...] = (
    "",
    "hairband",
    "hair bow",
    "hair flower",
    "hairclip",
    "crown",
    "cat ears",
    "glasses",
)
ORNAMENT_COLOURS: tuple[str, ...] = ("red", "blue", "yellow", "white", "pink", "green")
EXPRESSIONS: tuple[str, ...] = ("smile", "open mouth", "closed eyes", "frown", "expressionless")
POSES: tuple[str, ...] = ("standing", "arms up", "waving", "hand on hip", "arms behind back")
FRAMINGS: tuple[str, ...] = ("full body", "cowboy shot", "upper body", "portrait", "close-up")
BACKGROUNDS: tuple[str, ...] = (
    "classroom",
    "ocean",
    "garden",
    "city",
    "night sky",
    "simple background",
)
CLOTH_COLOURS: dict[str, Colour] = {
    "white": (246, 246, 248),
    "black": (56, 54, 66),
    "grey": (150, 154, 164),
    "red": (204, 50, 56),
    "pink": (246, 158, 188),
    "orange": (240, 140, 60),
    "yellow": (248, 214, 90),
    "green": (74, 150, 90),
    "blue": (64, 104, 192),
    "purple": (142, 96, 186),
    "brown": (140, 100, 66),
}
OUTFITS: dict[str, tuple[str, ...]] = {
    "school uniform": ("blue", "black", "green", "red"),
    "kimono": ("red", "blue", "purple", "pink"),
    "maid": ("black", "blue", "purple"),
    "dress": ("white", "yellow", "red", "green", "pink"),
    "hoodie": ("grey", "orange", "green", "black"),
    "sweater": ("brown", "red", "white", "purple"),
    "tracksuit": ("red", "blue", "green", "black"),
    "army uniform": ("green", "brown", "grey"),
    "coat": ("brown", "black", "red", "white"),
}
"""Each outfit and the colours it is made in."""
PLAIN_COLOURS: tuple[str, ...] = ("white", "grey", "black", "pink", "blue", "yellow")
"""Colours of a simple background."""


@dataclass(frozen=True, slots=True)
class Character:
    """What stays the same from picture to picture: a LoRA is to learn exactly this."""

    hair_colour: str
    hair_style: str
    bangs: str
    eye_colour: str
    ornament: str = ""
    ornament_colour: str = "red"
    skin: int = 0


@dataclass(frozen=True, slots=True)
class Outfit:
    """Clothes: a kind out of `OUTFITS` and one of its colours."""

    kind: str
    colour: str


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture to draw: who, in what, doing what, where, and how it is framed.

    `subject` says what is shown: `one` character, her `head` alone, a `mannequin` in the outfit,
    `multiple views` of the character, or `twins` standing side by side.
    """

    character: Character
    outfit: Outfit
    expression: str = "smile"
    pose: str = "standing"
    framing: str = "full body"
    background: str = "simple background"
    background_colour: str = "white"
    subject: str = "one"
    seam: bool = False
    """Multiple views only: each view in a panel of its own."""


SKINS: tuple[Colour, ...] = ((255, 226, 206), (250, 212, 186), (222, 170, 132))


def random_character(rng: random.Random) -> Character:
    """A character drawn evenly from the vocabularies."""
    return Character(
        hair_colour=rng.choice(list(HAIR_COLOURS)),
        hair_style=rng.choice(HAIR_STYLES),
        bangs=rng.choice(BANGS),
        eye_colour=rng.choice(list(EYE_COLOURS)),
        ornament=rng.choice(ORNAMENTS),
        ornament_colour=rng.choice(ORNAMENT_COLOURS),
        skin=rng.choices((0, 1, 2), (6, 3, 1))[0],
    )


def random_outfit(rng: random.Random) -> Outfit:
    """An outfit drawn evenly by kind, then by colour."""
    kind = rng.choice(list(OUTFITS))
    return Outfit(kind, rng.choice(OUTFITS[kind]))


def random_scene(rng: random.Random, *, subject: str = "one") -> Scene:
    """A scene drawn evenly from the vocabularies."""
    expression = rng.choices(EXPRESSIONS, (5, 3, 2, 2, 3))[0]
    scene = Scene(
        character=random_character(rng),
        outfit=random_outfit(rng),
        expression=expression,
        pose=rng.choice(POSES),
        framing=rng.choice(FRAMINGS),
        background=rng.choice(BACKGROUNDS),
        background_colour=rng.choice(PLAIN_COLOURS),
        subject=subject,
        seam=rng.random() < 0.4,
    )
    if subject == "mannequin":
        framing = rng.choice(("full body", "cowboy shot"))
        return replace(scene, framing=framing, pose="standing")
    if subject in ("multiple views", "twins"):
        return replace(scene, framing=rng.choice(("full body", "upper body")))
    return scene

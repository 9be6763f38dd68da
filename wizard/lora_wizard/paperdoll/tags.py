"""Danbooru-style tags of a scene, and captions made of them.

Only what can be seen is tagged: a close-up names no outfit, closed eyes have no colour.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from lora_wizard.paperdoll.traits import Character, Outfit, Scene

GARMENTS: dict[str, str] = {
    "school uniform": "skirt",
    "kimono": "kimono",
    "maid": "dress",
    "dress": "dress",
    "hoodie": "hoodie",
    "sweater": "sweater",
    "tracksuit": "jacket",
    "army uniform": "jacket",
    "coat": "coat",
}
"""What of each outfit bears its colour: `red kimono`, `blue skirt`."""
SEEN_IN_CLOSE_UP = ("glasses", "hairclip", "hair flower")


def character_tags(character: Character, framing: str = "full body") -> list[str]:
    """Hair, eyes and ornament, as far as the framing shows them."""
    tags = [f"{character.hair_colour} hair", character.bangs, f"{character.eye_colour} eyes"]
    close = framing == "close-up"
    if not close:
        tags.insert(1, character.hair_style)
    if character.ornament and (not close or character.ornament in SEEN_IN_CLOSE_UP):
        plain = character.ornament in ("crown", "cat ears", "glasses")
        colour = "" if plain else f"{character.ornament_colour} "
        tags.append(f"{colour}{character.ornament}")
    return tags


def outfit_tags(outfit: Outfit) -> list[str]:
    """The outfit's kind and its coloured garment."""
    return list(dict.fromkeys((outfit.kind, f"{outfit.colour} {GARMENTS[outfit.kind]}")))


def scene_tags(scene: Scene) -> list[str]:
    """Everything that can be seen, the subject first."""
    subject = {"one": ["1girl", "solo"], "head": ["1girl", "solo"], "twins": ["2girls", "twins"],
               "multiple views": ["1girl", "multiple views"],
               "mannequin": ["mannequin", "no humans"]}[scene.subject]  # fmt: skip
    tags = list(subject)
    framing = "close-up" if scene.subject == "head" else scene.framing
    if scene.subject != "mannequin":
        tags += character_tags(scene.character, framing)
        tags.append(scene.expression)
        if scene.expression == "closed eyes":
            tags.remove(f"{scene.character.eye_colour} eyes")
    if framing != "close-up":
        tags += outfit_tags(scene.outfit)
    if framing in ("full body", "cowboy shot") and scene.subject == "one":
        tags.append(scene.pose)
    tags += [framing, scene.background]
    if scene.background == "simple background":
        tags.append(f"{scene.background_colour} background")
    return tags


def shuffled_caption(
    tags: Sequence[str], rng: random.Random, *, drop: float = 0.0, kept: int = 1
) -> str:
    """The tags in random order, the first `kept` in front, others dropped with chance `drop`."""
    free = [tag for tag in tags[kept:] if rng.random() >= drop]
    rng.shuffle(free)
    return ", ".join([*tags[:kept], *free])

"""Captions of a character's material, in the form that a tagger and a careful person give them.

The trigger stands first. Left out are `1girl` and `solo` (in a prompt `1girl` would call up the
trained outfit), the character's own traits (hair, eyes, ornament) and, where a folder teaches one
outfit, that outfit's features. What a caption does not name, the training can explain by the
trigger alone: so the trigger takes up the looks, and what is named (an expression, a pose, a
garment that changes from picture to picture) stays free.
"""

from __future__ import annotations

from lora_wizard.paperdoll.tags import character_tags, outfit_tags, scene_tags
from lora_wizard.paperdoll.traits import Scene

NEVER_NAMED = ("1girl", "solo")
LOOKING = "looking at viewer"
TRANSPARENT = "transparent background"


def material_caption(trigger: str, scene: Scene, *, outfit_named: bool, transparent: bool) -> str:
    """The caption of one picture of a character or of her outfit.

    Args:
        outfit_named: whether its kind and garment are named: where outfits vary under one trigger.
        transparent: the picture shows nothing behind its subject.
    """
    hidden = {*NEVER_NAMED, *character_tags(scene.character)}
    if not outfit_named:
        hidden |= set(outfit_tags(scene.outfit))
    tags = [tag for tag in _seen_tags(scene, transparent=transparent) if tag not in hidden]
    return ", ".join([trigger, *tags])


def full_caption(scene: Scene, *, transparent: bool) -> str:
    """Everything that can be seen, `1girl` first: the caption of a picture for regularisation."""
    return ", ".join(_seen_tags(scene, transparent=transparent))


def _seen_tags(scene: Scene, *, transparent: bool) -> list[str]:
    tags = scene_tags(scene)
    if scene.subject == "head":
        # A close-up names no hair style, since it is cut off; a head by itself shows it all.
        missing = [tag for tag in character_tags(scene.character) if tag not in tags]
        closed = scene.expression == "closed eyes"
        tags[2:2] = [tag for tag in missing if not (closed and tag.endswith(" eyes"))]
    if scene.subject != "mannequin" and scene.expression != "closed eyes":
        tags.insert(tags.index(scene.expression) + 1, LOOKING)
    if transparent:
        ground = f"{scene.background_colour} background"
        tags = [TRANSPARENT if tag == ground else tag for tag in tags]
    return tags

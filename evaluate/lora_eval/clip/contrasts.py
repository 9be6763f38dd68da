"""Which of several phrases fits a picture: probabilities by contrast, never raw cosines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from lora_eval.clip.model import ClipModel
from lora_eval.clip.phrases import Group, general_groups, paperdoll_groups
from lora_eval.evidence import ClipFacts, Found
from lora_eval.pictures import CharacterFacts, Picture
from lora_wizard.models.prompt import parse_prompt

GREY = (153, 153, 153)
"""What hides the face while clothes are judged (as geneval does, #999)."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One group's texts as embeddings."""

    keys: tuple[str, ...]
    owners: np.ndarray
    """For each row of `texts` the number of its key."""
    texts: np.ndarray


def clip_facts(
    model: ClipModel,
    images: Sequence[Image.Image],
    pictures: Sequence[Picture],
    character: CharacterFacts,
    found: Sequence[Found | None],
) -> list[ClipFacts]:
    """What CLIP says of each picture.

    Outfits are judged with the face hidden where one was found (but for the paperdoll model,
    which has seen whole pictures only).

    Args:
        character: its trigger is no phrase that could be judged.
    """
    groups = paperdoll_groups() if model.is_paperdoll else general_groups()
    asked = {name: _embedded(model, group) for name, group in groups.items()}
    whole = model.image_embeddings(images)
    bodies = whole
    if not model.is_paperdoll:
        bodies = model.image_embeddings(
            [face_hidden(image, each) for image, each in zip(images, found, strict=True)]
        )
    facts = []
    for index, picture in enumerate(pictures):
        contrasts = {}
        for name, group in asked.items():
            vector = bodies[index] if name == "outfit" else whole[index]
            contrasts[name] = contrast(vector, group.texts, group.owners, group.keys,
                                       model.logit_scale)  # fmt: skip
        facts.append(ClipFacts(model.name, contrasts, _phrases(picture, character, contrasts)))
    return facts


def contrast(
    image: np.ndarray,
    texts: np.ndarray,
    owners: np.ndarray,
    keys: Sequence[str],
    scale: float,
) -> dict[str, float]:
    """Probability of each key: softmax over the texts' scaled cosines, added up by key.

    Args:
        image: `(width,)` of length 1.
        texts: `(texts, width)` of length 1 each.
        owners: `(texts,)` the number of each text's key.
        scale: what cosines are multiplied by; the model's own.
    """
    logits = scale * (texts @ image)
    weights = np.exp(logits - logits.max())
    shares = np.bincount(owners, weights=weights, minlength=len(keys)) / weights.sum()
    return {key: round(float(share), 5) for key, share in zip(keys, shares, strict=True)}


def face_hidden(image: Image.Image, found: Found | None) -> Image.Image:
    """The picture with a grey box over every face, so that hair and eyes do not dress it."""
    faces = () if found is None else found.of("face")
    if not faces:
        return image
    hidden = image.convert("RGB")
    pen = ImageDraw.Draw(hidden)
    for face in faces:
        left, top, right, bottom = face.box
        corners = (left * image.width, top * image.height, right * image.width,
                   bottom * image.height)  # fmt: skip
        pen.rectangle(corners, fill=GREY)
    return hidden


def _embedded(model: ClipModel, group: Group) -> _Asked:
    keys = tuple(group.members)
    rows, owners = [], []
    for number, key in enumerate(keys):
        vectors = model.text_embeddings(group.members[key])
        if group.together:
            mean = vectors.mean(axis=0)
            vectors = (mean / max(float(np.linalg.norm(mean)), 1e-12))[None]
        rows.append(vectors)
        owners += [number] * len(vectors)
    return _Asked(keys, np.asarray(owners), np.concatenate(rows))


def _phrases(
    picture: Picture, character: CharacterFacts, contrasts: Mapping[str, Mapping[str, float]]
) -> dict[str, float]:
    """The prompt's phrases that stand in a group; others have no alternatives to be told from."""
    named = {character.trigger, *character.outfit_triggers}
    found = {}
    for part in parse_prompt(picture.prompt).text.split(","):
        phrase = part.strip().lower()
        if phrase in named:
            continue
        for group, shares in contrasts.items():
            key = phrase.removesuffix(" hair") if group == "hair" else phrase
            if key in shares and (group != "hair" or key != phrase):
                found[phrase] = shares[key]
    return found

"""How well a CLIP tells the words of each attribute apart, and characters by their heads."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
from PIL import Image

from lora_eval.clip.contrasts import embedded, shares
from lora_eval.clip.model import ClipModel
from lora_eval.clip.paperdoll.pictures import head_of
from lora_eval.clip.paperdoll.texts import TAGS
from lora_eval.clip.phrases import paperdoll_groups
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, KINDS, UNSEEN
from lora_wizard.paperdoll.reader.pictures import Pictures, words_of
from lora_wizard.paperdoll.traits import FRAMINGS, random_character, random_scene

TOLD_APART = {"head": "floating head", "views": "multiple"}
"""Groups of two, and the kind of picture that their first key stands for."""


def measured(clip: ClipModel, pictures: Pictures) -> dict[str, float]:
    """For each attribute the share of pictures whose own tag is the nearest of the attribute's.

    `head` and `views` are the means of the shares told rightly among those that show it and among
    all others, as both are rare.
    """
    images = clip.image_embeddings([Image.fromarray(pixels) for pixels in pictures.pixels])
    found: dict[str, float] = {}
    for number, attribute in enumerate(ATTRIBUTES):
        tags = np.array(TAGS[number])
        named = np.flatnonzero(tags != "")
        texts = clip.text_embeddings(tags[named].tolist())
        wanted = pictures.words[:, number]
        asked = (wanted != UNSEEN) & np.isin(wanted, named)
        nearest = named[(images @ texts.T).argmax(axis=1)]
        found[attribute] = float((nearest == wanted)[asked].mean()) if asked.any() else np.nan
    kinds = words_of(pictures, "kind")
    for name, kind in TOLD_APART.items():
        group = embedded(clip, paperdoll_groups()[name])
        said = np.array([shares(vector, group, clip.logit_scale)[0] > 0.5 for vector in images])
        true = kinds == KINDS.index(kind)
        found[name] = float((said[true].mean() + 1 - said[~true].mean()) / 2)
    return found


def head_separation(clip: ClipModel, *, characters: int, seed: int) -> dict[str, float]:
    """How well the cosine of two heads tells whether they are the same character's.

    Each character is drawn four times, in different clothes, places, framings and moods.

    Returns:
        `same` and `other`, the mean cosines, and `auc`, the chance that a pair of the same
        character is more alike than a pair of two characters.
    """
    rng = random.Random(f"separation {seed}")
    heads, owners = [], []
    for owner in range(characters):
        who = random_character(rng)
        for _ in range(4):
            scene = replace(random_scene(rng), character=who, framing=rng.choice(FRAMINGS[:3]))
            heads.append(head_of(scene, rng))
            owners.append(owner)
    vectors = clip.image_embeddings(heads)
    first, second = np.triu_indices(len(heads), 1)
    cosines = (vectors @ vectors.T)[first, second]
    same = np.asarray(owners)[first] == np.asarray(owners)[second]
    below = np.searchsorted(np.sort(cosines[~same]), cosines[same])
    return {
        "same": float(cosines[same].mean()),
        "other": float(cosines[~same].mean()),
        "auc": float(below.mean() / (~same).sum()),
    }

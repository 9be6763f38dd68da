"""How well a CLIP tells the words of each attribute apart, asked by contrast."""

from __future__ import annotations

import numpy as np
from PIL import Image

from lora_eval.clip.model import ClipModel
from lora_eval.clip.paperdoll.texts import TAGS
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES, UNSEEN
from lora_wizard.paperdoll.reader.pictures import Pictures


def measured(clip: ClipModel, pictures: Pictures) -> dict[str, float]:
    """For each attribute the share of pictures whose own tag is the nearest of the attribute's."""
    images = clip.image_embeddings([Image.fromarray(pixels) for pixels in pictures.pixels])
    found: dict[str, float] = {}
    for number, attribute in enumerate(ATTRIBUTES):
        tags = [tag for tag in TAGS[number] if tag]
        texts = clip.text_embeddings(tags)
        wanted = pictures.words[:, number]
        asked = np.array([word != UNSEEN and bool(TAGS[number][word]) for word in wanted])
        nearest = (images @ texts.T).argmax(axis=1)
        right = [
            tags[index] == TAGS[number][word]
            for index, word, counts in zip(nearest, wanted, asked, strict=True)
            if counts
        ]
        found[attribute] = float(np.mean(right)) if right else float("nan")
    return found

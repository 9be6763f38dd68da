"""A CLIP whose answers are known: pictures are told by colour, texts by a word in them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from lora_eval.clip import ClipModel
from lora_eval.detect.detector import Box, Detection, Part
from lora_eval.evidence import Found
from lora_eval.pictures import Picture
from lora_eval.suite.model import Asked

SCALE = 20.0
BOX = Box(0.25, 0.0, 0.75, 0.5)


class KnownVectors(torch.nn.Module):
    """Pictures become their mean colour, texts the axis of the first word that is in them."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        self.words = words
        self.logit_scale = torch.nn.Parameter(torch.tensor(np.log(SCALE)))

    def encode_image(self, pictures: Tensor, normalize: bool) -> Tensor:
        colours = pictures.mean(dim=(2, 3)) + 1e-6
        return torch.nn.functional.normalize(colours, dim=-1)

    def encode_text(self, tokens: Tensor, normalize: bool) -> Tensor:
        return torch.eye(3)[tokens]


def known_clip(*words: str, name: str = "known") -> ClipModel:
    """Red, green and blue pictures fit texts with the first, second and third word; texts with
    none of the words are taken for the third's."""

    def tokens(texts: Sequence[str]) -> Tensor:
        places = [
            next((place for place, word in enumerate(words) if word in text), 2) for text in texts
        ]
        return torch.tensor(places)

    def prepared(image: Image.Image) -> Tensor:
        return torch.from_numpy(np.asarray(image.convert("RGB")) / 255).float().permute(2, 0, 1)

    return ClipModel(name, "1", KnownVectors(words), prepared, tokens, torch.device("cpu"))


def coloured(colour: str, side: int = 16) -> Image.Image:
    """A square of one colour."""
    return Image.new("RGB", (side, side), colour)


def found(*parts: Part, box: Box = BOX) -> Found:
    """One detection of each part at one place."""
    seen = tuple(Detection(part, box, 0.9) for part in parts)
    return Found("known", frozenset(("head", "face", "body")), False, seen)


def asked_for(prompt: str, **asks: str) -> Picture:
    """A picture of that prompt."""
    return Picture(
        file="p.png",
        contender="a",
        prompt_id="p",
        prompt=prompt,
        seed=1,
        strength=1.0,
        asks=Asked.model_validate(asks),
    )

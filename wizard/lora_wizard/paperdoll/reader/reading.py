"""Reading pictures: the trained network as a function from pictures to words.

It knows the drawn world and nothing else: a photograph gets some words, too, and they mean nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lora_wizard.errors import ModelError
from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES
from lora_wizard.paperdoll.reader.heads import SIDE_PX
from lora_wizard.paperdoll.reader.network import ReaderNetwork
from lora_wizard.parsing import parse_json

SHIPPED_READER = Path(__file__).parent / "weights" / "reader.safetensors"
"""The reader that comes with the package."""
_AT_ONCE = 128


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from one picture.

    Every attribute always has a word, the likeliest; where it cannot be seen (the outfit of a
    close-up, the hair of nobody) the word means nothing.
    """

    kind: str
    """One of `attributes.KINDS`."""
    framing: str
    hair_colour: str
    hair_style: str
    eye_colour: str
    """A colour, or `closed`."""
    outfit: str
    background: str
    ornament: str
    """A kind of ornament, or `none`."""
    probabilities: Mapping[str, float]
    """How sure the reader is of each attribute's word, in 0..1."""
    floating: float
    """Probability of a floating head, in 0..1."""

    @property
    def shows_one(self) -> bool:
        """Whether exactly one character is there, with a body or too near to have one."""
        return self.kind in ("whole", "close-up")


class Reader:
    """Reads pictures with one network, always the same from the same picture."""

    def __init__(self, network: ReaderNetwork) -> None:
        self.network = network.eval().to(memory_format=torch.channels_last)

    def read(self, images: Sequence[Image.Image]) -> list[Reading]:
        """One reading for each picture, in order.

        Args:
            images: of any size and mode; brought to 64x64 px, transparent ones put on white.
        """
        if not images:
            return []
        return self.read_pixels(np.stack([reader_pixels(image) for image in images]))

    def read_pixels(self, pixels: np.ndarray) -> list[Reading]:
        """Readings of pictures `(n, 64, 64, 3)` uint8."""
        readings: list[Reading] = []
        for start in range(0, len(pixels), _AT_ONCE):
            part = torch.from_numpy(pixels[start : start + _AT_ONCE])
            readings += self._read_batch(part.permute(0, 3, 1, 2))
        return readings

    def read_shares(self, pixels: np.ndarray) -> list[dict[str, dict[str, float]]]:
        """For each picture `(n, 64, 64, 3)` uint8 the probability of every attribute's words."""
        found: list[dict[str, dict[str, float]]] = []
        for start in range(0, len(pixels), _AT_ONCE):
            part = torch.from_numpy(pixels[start : start + _AT_ONCE])
            shares = self._shares(part.permute(0, 3, 1, 2))
            for number in range(len(part)):
                rows = (share[number].tolist() for share in shares)
                found.append(
                    {
                        name: dict(zip(words, row, strict=True))
                        for (name, words), row in zip(ATTRIBUTES.items(), rows, strict=True)
                    }
                )
        return found

    @torch.inference_mode()
    def _shares(self, pictures: Tensor) -> list[Tensor]:
        """Probabilities `(n, words)` of each attribute, on the CPU."""
        device = next(self.network.parameters()).device
        ready = pictures.to(device).float().div(255).contiguous(memory_format=torch.channels_last)
        return [scores.float().softmax(dim=-1).cpu() for scores in self.network(ready)]

    def _read_batch(self, pictures: Tensor) -> list[Reading]:
        shares = self._shares(pictures)
        best = [part.max(dim=-1) for part in shares]
        floating = shares[0][:, ATTRIBUTES["kind"].index("floating head")]
        readings = []
        for number in range(len(pictures)):
            words = {
                name: known[int(found.indices[number])]
                for (name, known), found in zip(ATTRIBUTES.items(), best, strict=True)
            }
            sure = {
                name: round(float(found.values[number]), 4)
                for name, found in zip(ATTRIBUTES, best, strict=True)
            }
            chance = round(float(floating[number]), 4)
            readings.append(Reading(**words, probabilities=sure, floating=chance))
        return readings


def reader_pixels(image: Image.Image) -> np.ndarray:
    """A picture as the reader sees it, `(64, 64, 3)` uint8."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(ground, layer)
    plain = image.convert("RGB")
    if plain.size != (SIDE_PX, SIDE_PX):
        larger = min(plain.size) >= SIDE_PX
        how = Image.Resampling.BOX if larger else Image.Resampling.BICUBIC
        plain = plain.resize((SIDE_PX, SIDE_PX), how)
    return np.asarray(plain)


def load_reader(path: Path | None = None) -> Reader:
    """A trained reader; the one that comes with the package unless `path` names another file.

    Raises:
        ModelError: there is no such file, or it is no reader of these attributes.
    """
    path = path or SHIPPED_READER
    fix = "Train one with: python -m lora_wizard.paperdoll.reader.train --out FILE"
    if not path.is_file():
        raise ModelError("There is no reader here", where=str(path), fix=fix)
    try:
        with safe_open(path, framework="pt") as file:
            facts = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ModelError(f"This file cannot be read ({error})", where=str(path), fix=fix) from error
    if parse_json(facts.get("attributes", "null")) != _known_words():
        raise ModelError("This reader knows other words", where=str(path), fix=fix)
    network = ReaderNetwork(parse_json(facts["widths"]))
    network.load_state_dict({name: _full(tensor) for name, tensor in tensors.items()})
    return Reader(network)


def _full(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor


def _known_words() -> dict[str, list[str]]:
    return {name: list(words) for name, words in ATTRIBUTES.items()}

"""Any of open_clip's models, or the tiny one that comes along, loaded and asked in one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as images
from PIL.Image import Image

from lora_eval.clip.loading import PAPERDOLL, load

_AT_ONCE = 64


@dataclass(slots=True)
class ClipModel:
    """A CLIP that is ready to be asked."""

    name: str
    version: str
    """Of open_clip, the weights and the way pictures are prepared: answers of different versions
    are never compared."""
    model: Any
    preprocess: Any
    tokenizer: Any
    device: torch.device
    known: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    """Embeddings of the texts asked so far: the same ones are asked of every picture."""

    @property
    def is_paperdoll(self) -> bool:
        """Whether it knows plain tags only."""
        return self.name == PAPERDOLL

    @property
    def logit_scale(self) -> float:
        """What cosines are multiplied by before they are turned into probabilities."""
        return float(self.model.logit_scale.detach().exp())

    @property
    def logit_bias(self) -> float:
        """What SigLIP's kind adds then; 0 for others. It cancels out among alternatives."""
        bias = getattr(self.model, "logit_bias", None)
        return 0.0 if bias is None else float(bias.detach())

    @torch.inference_mode()
    def image_embeddings(self, images: Sequence[Image]) -> np.ndarray:
        """`(n, width)` float32 of length 1 each; none is cut to a square, all are padded."""
        rows = []
        for start in range(0, len(images), _AT_ONCE):
            part = [self.preprocess(squared(image)) for image in images[start : start + _AT_ONCE]]
            features = self.model.encode_image(torch.stack(part).to(self.device), normalize=True)
            rows.append(features.float().cpu().numpy())
        return np.concatenate(rows) if rows else np.zeros((0, self.width), dtype=np.float32)

    def text_embeddings(self, texts: Sequence[str]) -> np.ndarray:
        """`(n, width)` float32 of length 1 each. Texts beyond the model's tokens are cut."""
        new = [text for text in dict.fromkeys(texts) if text not in self.known]
        for start in range(0, len(new), _AT_ONCE):
            part = new[start : start + _AT_ONCE]
            self.known.update(zip(part, self._embedded(part), strict=True))
        return (
            np.stack([self.known[text] for text in texts]) if texts else np.zeros((0, self.width))
        )

    @property
    def width(self) -> int:
        """Length of an embedding."""
        return int(self.text_embeddings(["a"]).shape[1])

    @torch.inference_mode()
    def _embedded(self, texts: Sequence[str]) -> np.ndarray:
        tokens = self.tokenizer(list(texts)).to(self.device)
        features = self.model.encode_text(tokens, normalize=True).float().cpu().numpy()
        return np.asarray(features, dtype=np.float32)


def open_clip_model(
    name: str = PAPERDOLL,
    pretrained: str = "",
    *,
    device: str | torch.device = "cpu",
    offline: bool = False,
) -> ClipModel:
    """A model by open_clip's name and tag of weights.

    Args:
        name: `paperdoll`, a name that open_clip knows, such as `ViT-L-14`, or a configuration
            file in its format (JSON).
        pretrained: one of open_clip's tags, such as `openai`, or a local file of weights.
        offline: never download; what was downloaded before is found.

    Raises:
        DetectorError: there is no such model, or its weights are not there or damaged.
    """
    model, preprocess, tokenizer, version = load(name, pretrained, str(device), offline)
    shown = Path(name).stem if name.endswith(".json") else name
    return ClipModel(shown, version, model, preprocess, tokenizer, torch.device(device))


def squared(image: Image) -> Image:
    """The picture on a white square: models cut to a square what is none, feet and hair first."""
    side = max(image.size)
    if image.mode == "RGB" and image.size == (side, side):
        return image
    ground = images.new("RGB", (side, side), "white")
    layer = image.convert("RGBA")
    place = ((side - image.width) // 2, (side - image.height) // 2)
    ground.paste(layer, place, mask=layer)
    return ground

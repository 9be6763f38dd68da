"""Any of open_clip's models, or the tiny one that comes along, loaded and asked in one way."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import torch
from PIL.Image import Image

from lora_eval.errors import DetectorError

PAPERDOLL = "paperdoll"
CONFIGURATION = Path(__file__).parent / "paperdoll" / "paperdoll-clip.json"
"""In open_clip's format; its stem is the model's name there."""
WEIGHTS = Path(__file__).parent / "weights" / "paperdoll-clip.safetensors"
_AT_ONCE = 64
_open_clip: Any = open_clip  # untyped


@dataclass(slots=True)
class ClipModel:
    """A CLIP that is ready to be asked."""

    name: str
    version: str
    model: Any
    preprocess: Any
    tokenizer: Any
    device: torch.device

    @property
    def is_paperdoll(self) -> bool:
        """Whether it knows plain tags only."""
        return self.name == PAPERDOLL

    @property
    def logit_scale(self) -> float:
        """What cosines are multiplied by before they are turned into probabilities."""
        return float(self.model.logit_scale.exp())

    @torch.inference_mode()
    def image_embeddings(self, images: Sequence[Image]) -> np.ndarray:
        """`(n, width)` float32 of length 1 each."""
        rows = []
        for start in range(0, len(images), _AT_ONCE):
            part = [self.preprocess(_opaque(image)) for image in images[start : start + _AT_ONCE]]
            features = self.model.encode_image(torch.stack(part).to(self.device), normalize=True)
            rows.append(features.float().cpu().numpy())
        return np.concatenate(rows) if rows else np.zeros((0, self.width), dtype=np.float32)

    @torch.inference_mode()
    def text_embeddings(self, texts: Sequence[str]) -> np.ndarray:
        """`(n, width)` float32 of length 1 each. Texts beyond the model's tokens are cut."""
        tokens = self.tokenizer(list(texts)).to(self.device)
        features = self.model.encode_text(tokens, normalize=True).float().cpu().numpy()
        return np.asarray(features, dtype=np.float32)

    @property
    def width(self) -> int:
        """Length of an embedding."""
        return int(self.text_embeddings(["a"]).shape[1])


def open_clip_model(
    name: str = PAPERDOLL,
    pretrained: str = "",
    *,
    device: str | torch.device = "cpu",
    offline: bool = False,
) -> ClipModel:
    """A model by open_clip's name and tag of weights.

    Args:
        name: `paperdoll`, or a name that open_clip knows, such as `ViT-L-14`.
        pretrained: one of open_clip's tags, such as `openai`, or a local file of weights.
        offline: never download.

    Raises:
        DetectorError: there is no such model, or its weights are not there or damaged.
    """
    weights = pretrained
    architecture = name
    if name == PAPERDOLL:
        architecture, weights = CONFIGURATION.stem, pretrained or str(WEIGHTS)
        if architecture not in _open_clip.list_models():
            _open_clip.add_model_config(CONFIGURATION)
    _check(name, architecture, weights, offline)
    before = os.environ.get("HF_HUB_OFFLINE")
    if not offline:
        os.environ.pop("HF_HUB_OFFLINE", None)  # the models' package forbids the hub for itself
    try:
        model, _, preprocess = _open_clip.create_model_and_transforms(
            architecture, pretrained=weights, device=str(device)
        )
    except Exception as error:  # open_clip, the hub and torch raise of every kind
        what = f"cannot be loaded ({error})"
        fix = "Give a file of weights as NAME:FILE, or check the network"
        raise DetectorError(what, where=f"CLIP {name} {weights}", fix=fix) from error
    finally:
        if before is not None:
            os.environ["HF_HUB_OFFLINE"] = before
    model.eval().requires_grad_(False)
    tokenizer = _open_clip.get_tokenizer(architecture)
    version = f"open_clip {open_clip.__version__}, {_fingerprint(weights)}"
    return ClipModel(name, version, model, preprocess, tokenizer, torch.device(device))


def _check(name: str, architecture: str, weights: str, offline: bool) -> None:
    where = f"CLIP {name}"
    if architecture not in _open_clip.list_models():
        fix = "Choose one of open_clip.list_models(), such as ViT-L-14:openai"
        raise DetectorError("open_clip knows no such model", where=where, fix=fix)
    if Path(weights).is_file():
        return
    tags = _open_clip.list_pretrained_tags_by_model(architecture)
    if not weights:
        fix = f"Name them as {name}:{tags[0] if tags else 'FILE'}"
        raise DetectorError("has no weights named", where=where, fix=fix)
    if weights not in tags:
        fix = f"Known: {', '.join(tags)}" if tags else "Give the path of a file"
        raise DetectorError(f'has no weights called "{weights}"', where=where, fix=fix)
    if offline:
        fix = "Leave --offline out, or give a file as NAME:FILE"
        raise DetectorError("would have to be downloaded", where=where, fix=fix)


def _fingerprint(weights: str) -> str:
    path = Path(weights)
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else weights


def _opaque(image: Image) -> Image:
    """On white, as the training pictures are shown."""
    if image.mode == "RGB":
        return image
    from PIL import Image as images

    layer = image.convert("RGBA")
    ground = images.new("RGBA", image.size, (255, 255, 255, 255))
    return images.alpha_composite(ground, layer).convert("RGB")

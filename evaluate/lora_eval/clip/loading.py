"""Finding, checking and loading the weights of a CLIP, by open_clip."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import open_clip

from lora_eval.errors import DetectorError
from lora_eval.hub import hub_closed, hub_opened

PAPERDOLL = "paperdoll"
CONFIGURATION = Path(__file__).parent / "paperdoll" / "paperdoll-clip.json"
"""In open_clip's format; its stem is the model's name there."""
WEIGHTS = Path(__file__).parent / "weights" / "paperdoll-clip.safetensors"
_open_clip: Any = open_clip  # untyped


def load(name: str, pretrained: str, device: str, offline: bool) -> tuple[Any, Any, Any, str]:
    """A model without gradients, its way to prepare pictures, its tokenizer, and its version.

    Raises:
        DetectorError: as `open_clip_model`.
    """
    architecture, weights = name, pretrained
    if name == PAPERDOLL:
        architecture, weights = add_configuration(CONFIGURATION), pretrained or str(WEIGHTS)
    elif name.endswith(".json"):
        architecture = add_configuration(Path(name))
    where = f"CLIP {name}:{pretrained}".rstrip(":")
    _check(architecture, weights, where)
    with _quiet(), hub_closed() if offline else hub_opened():
        try:
            model, _, preprocess = _open_clip.create_model_and_transforms(
                architecture, pretrained=weights, device=device
            )
        except Exception as error:  # open_clip, the hub and torch raise of every kind
            raise _cannot_load(error, weights, where, offline) from error
    model.eval().requires_grad_(False)
    return model, preprocess, _open_clip.get_tokenizer(architecture), _version(weights, model)


def add_configuration(path: Path) -> str:
    """Makes a model known to open_clip; returns its name there.

    Raises:
        DetectorError: the file is not there, or is no configuration.
    """
    if path.stem not in _open_clip.list_models():
        if path.is_file():
            _open_clip.add_model_config(path)
        if path.stem not in _open_clip.list_models():
            fix = "It is a JSON file with embed_dim, vision_cfg and text_cfg"
            raise DetectorError("no configuration of open_clip", where=str(path), fix=fix)
    return path.stem


def _check(architecture: str, weights: str, where: str) -> None:
    if architecture not in _open_clip.list_models():
        fix = "Choose one of open_clip.list_models(), such as ViT-L-14:openai"
        raise DetectorError("open_clip knows no such model", where=where, fix=fix)
    if Path(weights).is_file():
        return
    tags = _open_clip.list_pretrained_tags_by_model(architecture)
    known = f"Known: {', '.join(tags)}, or the path of a file" if tags else "Give a file's path"
    if not weights:
        raise DetectorError("no weights were named (NAME:WEIGHTS)", where=where, fix=known)
    if weights not in tags:
        what = f'there is no file and no tag of weights called "{weights}"'
        raise DetectorError(what, where=where, fix=known)


def _cannot_load(error: Exception, weights: str, where: str, offline: bool) -> DetectorError:
    reason = " ".join(str(error).split())[:300] or type(error).__name__
    if Path(weights).is_file():
        fix = "The file is damaged, or belongs to another model"
        return DetectorError(f"the weights cannot be loaded ({reason})", where=where, fix=fix)
    if offline:
        fix = "Run once without --offline where there is a network, or give a file as NAME:FILE"
        return DetectorError("the weights are not on this disk", where=where, fix=fix)
    fix = "Check the network, or give a file of weights as NAME:FILE"
    return DetectorError(f"the weights cannot be downloaded ({reason})", where=where, fix=fix)


def _version(weights: str, model: Any) -> str:
    path = Path(weights)
    of_weights = _short_hash(path.read_bytes()) if path.is_file() else weights
    prepared = _short_hash(f"squared {sorted(model.visual.preprocess_cfg.items())}".encode())
    return f"open_clip {open_clip.__version__}, weights {of_weights}, preparation {prepared}"


def _short_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


@contextmanager
def _quiet() -> Iterator[None]:
    """open_clip speaks of all it does on the root logger; what fails is raised as well."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        root.setLevel(before)

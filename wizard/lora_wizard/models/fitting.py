"""Checks that the parts of a loaded base belong together, before the first step fails.

A text encoder with fewer words than its tokenizer has an index that is out of range at the first
rare word of a caption; parts of different models have shapes that do not fit.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lora_wizard.errors import ModelError, Problem
from lora_wizard.models.parts import Parts

_FIX = "Use the parts of one model, from one source"


def require_fitting(parts: Parts, path: Path) -> None:
    """Ends with an error where parts of a base do not fit each other.

    Raises:
        ModelError: with everything that does not fit.
    """
    problems = [
        *_vocabularies(parts),
        *_states(parts),
        *_latents(parts),
    ]
    if problems:
        raise ModelError(
            "The parts of the model do not belong together:", where=str(path), problems=problems
        )


def _vocabularies(parts: Parts) -> list[Problem]:
    found = []
    for place, (tokenizer, encoder) in enumerate(
        zip(parts.tokenizers, parts.text_encoders, strict=True), start=1
    ):
        name = "text encoder" if place == 1 else f"text encoder {place}"
        known = int(encoder.get_input_embeddings().num_embeddings)
        asked = 1 + max(tokenizer.get_vocab().values(), default=0)
        if known < asked:
            what = f"the {name} knows {known:,} tokens, its tokenizer gives {asked:,}"
            fix = "Give the model as a diffusers folder with the tokenizer that it was made with"
            found.append(Problem("", what, fix))
        places = int(encoder.config.max_position_embeddings)
        length = int(tokenizer.model_max_length)
        if places < min(length, 77):
            what = f"the {name} reads {places} tokens at a time, its tokenizer gives {length}"
            found.append(Problem("", what, _FIX))
    return found


def _states(parts: Parts) -> list[Problem]:
    """The text states' width, and what the UNet reads."""
    wanted = parts.unet.config.get("cross_attention_dim")
    given = sum(int(encoder.config.hidden_size) for encoder in parts.text_encoders)
    if not isinstance(wanted, int) or wanted == given:
        return []
    what = f"the UNet reads text states of width {wanted}, the text encoder gives {given}"
    return [Problem("", what, _FIX)]


def _latents(parts: Parts) -> list[Problem]:
    wanted, given = _channels(parts.unet, "in_channels"), _channels(parts.vae, "latent_channels")
    if wanted == given:
        return []
    what = f"the UNet reads latents of {wanted} channels, the VAE makes {given}"
    return [Problem("", what, _FIX)]


def _channels(module: Any, name: str) -> int:
    return int(module.config[name])

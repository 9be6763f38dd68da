"""A tiny base model, LoRAs on it, and a small suite."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch

from lora_eval.suite import Suite, parse_suite
from lora_wizard.lora import attach, save_lora
from lora_wizard.models.base import BaseModel
from lora_wizard.recipe import NetworkSettings

SUITE = """
format = 1
name = "small"
title = "small"
seeds = [3, 4]
steps = 2
guidance = 5.0
width = 16
height = 16
[[prompts]]
id = "trigger"
text = "{trigger}"
[[prompts]]
id = "kimono"
text = "{trigger}, kimono, city"
asks = { outfit = "kimono", background = "city" }
"""


def small_suite(**changes: object) -> Suite:
    """Two prompts, two seeds, two steps, 16 px."""
    return parse_suite(SUITE).model_copy(update=changes)


def tags(**folders: Mapping[str, int]) -> dict[str, str]:
    """A header that tells of captions."""
    return {"ss_tag_frequency": json.dumps(folders)}


def write_lora(
    base: BaseModel, path: Path, metadata: Mapping[str, str] | None = None, *, size: float = 0.05
) -> Path:
    """A LoRA for a base whose change is not nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    network = attach(base.unet, base.text_encoders, NetworkSettings(rank=2, alpha=1), seed=1)
    tensors = network.tensors()
    network.detach()
    draws = torch.Generator().manual_seed(2)
    for name, tensor in tensors.items():
        if "lora_up" in name:
            tensors[name] = size * torch.randn(tensor.shape, generator=draws)
    save_lora(path, tensors, {} if metadata is None else metadata)
    return path

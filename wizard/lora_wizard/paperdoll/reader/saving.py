"""Writing a trained reader: fp16 weights, with the words that its outputs stand for."""

from __future__ import annotations

import json
import os
from pathlib import Path

import torch
from safetensors.torch import save_file

from lora_wizard.paperdoll.reader.attributes import ATTRIBUTES
from lora_wizard.paperdoll.reader.network import ReaderNetwork


def save_reader(path: Path, network: ReaderNetwork) -> None:
    """Writes the network, whole or not at all.

    Raises:
        OSError: the folder is missing or closed, or the disk is full.
    """
    tensors = {
        name: tensor.detach().cpu().contiguous().to(_smaller(tensor.dtype))
        for name, tensor in network.state_dict().items()
    }
    facts = {
        "attributes": json.dumps({name: list(words) for name, words in ATTRIBUTES.items()}),
        "widths": json.dumps(list(network.widths)),
    }
    unfinished = path.with_name(f".{path.name}.part")
    try:
        save_file(tensors, unfinished, metadata=facts)
        unfinished.chmod(0o644)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _smaller(dtype: torch.dtype) -> torch.dtype:
    return torch.float16 if dtype.is_floating_point else dtype

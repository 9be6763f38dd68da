"""One part of a diffusers folder (its UNet, VAE or a text encoder), by the libraries' own loaders.

Weights in one file or in shards, plain or of a variant such as `fp16`; no other part is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from lora_wizard.errors import ModelError
from lora_wizard.models.checkpoint import open_checkpoint, refuse_lost_values

_SHARD = r"(?:-\d{5}-of-\d{5})?"
_WEIGHTS = re.compile(
    rf"(?:diffusion_pytorch_model|model|pytorch_model){_SHARD}(?:\.([A-Za-z]\w*))?{_SHARD}"
    r"\.(?:safetensors|bin)"
)


def load_part(folder: Path, kind: Any, device: torch.device, dtype: torch.dtype) -> Any:
    """The module whose configuration and weights lie in `folder`.

    Args:
        kind: its class, of diffusers or transformers.

    Raises:
        ModelError: weights missing, damaged, unsafe, or no numbers.
    """
    for file in _weight_files(folder):
        open_checkpoint(file)  # damaged files and pickles with code end here, by name
    load: Callable[..., Any] = kind.from_pretrained
    with _quiet():
        try:
            module = load(
                str(folder), torch_dtype=dtype, variant=_variant(folder), local_files_only=True
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise unloadable(folder, error) from error
    refuse_lost_values(module.named_parameters(), folder)
    return module.to(device)


def unloadable(folder: Path, error: Exception) -> ModelError:
    """The error for a part that a library would not load."""
    lines = (line.strip() for line in str(error).splitlines())
    return ModelError(
        f"This part of the model cannot be loaded ({next(filter(None, lines), 'no reason')[:200]})",
        where=str(folder),
        fix="Copy the folder again, or give the model as a single .safetensors file",
    )


def _weight_files(folder: Path) -> list[Path]:
    """The files that weights are read from: pickles only where there are no others."""
    files = [file for file in folder.iterdir() if file.suffix in (".safetensors", ".bin")]
    safe = [file for file in files if file.suffix == ".safetensors"]
    return safe or files


def _variant(folder: Path) -> str | None:
    """The variant to load: none where there are plain weights, else `fp16`, else what there is."""
    matches = [_WEIGHTS.fullmatch(file.name) for file in _weight_files(folder)]
    variants = {match[1] for match in matches if match}
    if not variants or None in variants:
        return None
    return "fp16" if "fp16" in variants else min(variants)


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and load reports of the libraries while a model is loaded."""
    libraries = (diffusers.utils.logging, transformers.utils.logging)
    levels = [library.get_verbosity() for library in libraries]
    for library in libraries:
        library.set_verbosity_error()
        library.disable_progress_bar()
    try:
        yield
    finally:
        for library, level in zip(libraries, levels, strict=True):
            library.set_verbosity(level)
            library.enable_progress_bar()

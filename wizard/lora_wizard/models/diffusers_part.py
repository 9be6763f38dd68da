"""One part of a diffusers folder: its UNet, VAE or a text encoder.

Weights in one file or in shards, plain or of a variant such as `fp16`; no other part is looked at.
They are read one by one into a module built without any, so memory holds the part once, in the
precision asked for. Files with names of the past are left to the libraries' own loaders, which know
them all, and hold the part in both precisions for a while.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from accelerate import init_empty_weights

from lora_wizard.errors import LoraWizardError, ModelError
from lora_wizard.models.checkpoint import (
    Checkpoint,
    open_checkpoint,
    ran_out_of_memory,
    refuse_lost_values,
)
from lora_wizard.models.filling import fill
from lora_wizard.models.model_json import require_sane_configuration

_TEXT_LEVEL = "text_model."

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
    # Damaged files and pickles with code end here, by name.
    opened = {file.name: open_checkpoint(file) for file in _weight_files(folder)}
    variant = _variant(folder)
    matches = ((file, _WEIGHTS.fullmatch(name)) for name, file in opened.items())
    files = [file for file, match in matches if match and match[1] == variant]
    require_sane_configuration(folder / "config.json")
    with _quiet():
        try:
            module = _without_weights(folder, kind)
            sources = _sources(files, module)
            if sources is None:
                return _by_the_library(folder, kind, variant, device, dtype)
        except (LoraWizardError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # the folder decides what goes wrong in the libraries
            if ran_out_of_memory(error):
                raise
            raise unloadable(folder, error) from error
    tensors = {
        names[name]: tensor
        for file, names in zip(files, sources, strict=True)
        for name, tensor in file.read(
            "", device=device, dtype=dtype, wanted=names.__contains__
        ).items()
    }
    fill(module, tensors, folder)
    return module


def _without_weights(folder: Path, kind: Any) -> Any:
    """The module by its configuration, its parameters on the meta device."""
    with init_empty_weights():
        if issubclass(kind, transformers.PreTrainedModel):
            return kind(kind.config_class.from_pretrained(str(folder), local_files_only=True))
        return kind.from_config(kind.load_config(str(folder), local_files_only=True))


def _sources(files: Sequence[Checkpoint], module: Any) -> list[Mapping[str, str]] | None:
    """For each file its names of the module's parameters; None where the files do not fit it."""
    missing = {name: tuple(one.shape) for name, one in module.named_parameters()}
    found: list[Mapping[str, str]] = []
    for file in files:
        own = {name: _in_module(name, missing) for name in file.shapes}
        found.append({name: to for name, to in own.items() if missing.get(to) == file.shapes[name]})
        for to in found[-1].values():
            missing.pop(to, None)
    return None if missing else found


def _in_module(name: str, parameters: Mapping[str, Any]) -> str:
    """A file's name as the module has it: transformers 5.6 took away a level of CLIP's names."""
    if name in parameters:
        return name
    short = name.removeprefix(_TEXT_LEVEL)
    return short if short in parameters else _TEXT_LEVEL + name


def _by_the_library(
    folder: Path, kind: Any, variant: str | None, device: torch.device, dtype: torch.dtype
) -> Any:
    load: Callable[..., Any] = kind.from_pretrained
    module = load(str(folder), torch_dtype=dtype, variant=variant, local_files_only=True)
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
    try:
        files = [file for file in folder.iterdir() if file.suffix in (".safetensors", ".bin")]
    except OSError as error:
        raise unloadable(folder, error) from error
    safe = [file for file in files if file.suffix == ".safetensors"]
    # Where there are both, the whole file goes before its shards, as in the libraries.
    return sorted(safe or files, key=lambda file: ("-of-" in file.name, file.name))


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

"""Loading a base model from a diffusers folder (the one that holds `model_index.json`).

Each part is loaded by itself in the wanted precision: nothing that only a pipeline needs (safety
checker, feature extractor) is read, and files named `.fp16.` serve where there are no plain ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from lora_wizard.errors import ModelError, Problem
from lora_wizard.models.checkpoint import open_checkpoint
from lora_wizard.models.families import FAMILY_NAMES, Family, recognise_folder
from lora_wizard.models.parts import Parts
from lora_wizard.models.vocabulary import clip_tokenizer

INDEX = "model_index.json"


def load_folder(
    path: Path, *, family: Family | None, device: torch.device, dtype: torch.dtype
) -> Parts:
    """The parts of a base model in a diffusers folder.

    Args:
        family: what the user says it is; None to recognise it.

    Raises:
        ModelError: no diffusers folder, of another family, or parts missing, damaged or unsafe.
    """
    index = _index(path)
    unet_config = _json(path / "unet" / "config.json") if (path / "unet").is_dir() else {}
    found = _family(path, index, unet_config, family)
    names = ["unet", "vae", "text_encoder", *(["text_encoder_2"] if found == "sdxl" else [])]
    _require_parts(path, names)
    encoder_classes = [CLIPTextModel, CLIPTextModelWithProjection][: len(names) - 2]
    with _quiet():
        return Parts(
            family=found,
            unet=_part(path, "unet", UNet2DConditionModel, device, dtype),
            text_encoders=tuple(
                _part(path, name, kind, device, dtype)
                for name, kind in zip(names[2:], encoder_classes, strict=True)
            ),
            tokenizers=tuple(_tokenizer(path, name, found) for name in names[2:]),
            vae=_part(path, "vae", AutoencoderKL, device, _vae_precision(found, dtype)),
            schedule=_schedule(path),
        )


def _vae_precision(family: Family, dtype: torch.dtype) -> torch.dtype:
    """SDXL's VAE overflows in fp16, which gives black pictures: it stays in fp32 then."""
    return torch.float32 if family == "sdxl" and dtype == torch.float16 else dtype


def _index(path: Path) -> dict[str, Any]:
    if (path / INDEX).is_file():
        return _json(path / INDEX)
    fix = f"Give the folder that holds {INDEX}, or a single .safetensors file"
    files = sorted(file.name for file in path.glob("*.safetensors"))
    inner = sorted(file.parent.name for file in path.glob(f"*/{INDEX}"))
    if inner:
        fix = f"Did you mean the folder {inner[0]} in it?"
    elif files:
        fix = f"Did you mean the file {files[0]} in it? Then give the file's own path"
    raise ModelError(f"The folder holds no {INDEX}, so it is no model", where=str(path), fix=fix)


def _family(
    path: Path, index: dict[str, Any], unet_config: dict[str, Any], wanted: Family | None
) -> Family:
    pipeline = str(index.get("_class_name", "unknown"))
    found = recognise_folder(index, unet_config)
    if not pipeline.startswith("StableDiffusion") or "3" in pipeline or found is None:
        raise ModelError(
            f"The folder is a model for {pipeline}, not Stable Diffusion 1, 2 or XL",
            where=str(path),
            fix="Give a Stable Diffusion model",
        )
    channels = unet_config.get("in_channels", 4)
    if channels != 4:
        raise ModelError(
            f"The folder is an inpainting or editing model ({channels} input channels, not 4)",
            where=str(path),
            fix="Give the plain model it was made from",
        )
    if wanted is not None and (wanted == "sdxl") != (found == "sdxl"):
        raise ModelError(
            f"The model is {FAMILY_NAMES[found]}, but {FAMILY_NAMES[wanted]} was asked for",
            where=str(path),
            fix='Set model.family to "auto"',
        )
    return wanted or found


def _require_parts(path: Path, names: list[str]) -> None:
    problems = [
        Problem(str(path / name), "this part of the model is missing", "Copy the whole folder")
        for name in names
        if not (path / name / "config.json").is_file()
    ]
    if problems:
        raise ModelError("The model's folder is not complete", problems=problems)


def _part(
    path: Path,
    name: str,
    kind: Any,
    device: torch.device,
    dtype: torch.dtype,
) -> Any:
    folder = path / name
    for file in _weight_files(folder):
        open_checkpoint(file)  # damaged files and pickles with code end here, by name
    load: Callable[..., Any] = kind.from_pretrained
    try:
        module = load(
            str(folder), torch_dtype=dtype, variant=_variant(folder), local_files_only=True
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise _unloadable(folder, error) from error
    return module.to(device)


def _weight_files(folder: Path) -> list[Path]:
    """The files that weights are read from: pickles only where there are no others."""
    files = [file for file in folder.iterdir() if file.suffix in (".safetensors", ".bin")]
    safe = [file for file in files if file.suffix == ".safetensors"]
    return safe or files


def _variant(folder: Path) -> str | None:
    """`fp16` where the folder has weights of that name only."""
    names = [file.name for file in _weight_files(folder)]
    return "fp16" if names and all(".fp16." in name for name in names) else None


def _unloadable(folder: Path, error: Exception) -> ModelError:
    lines = (line.strip() for line in str(error).splitlines())
    return ModelError(
        f"This part of the model cannot be loaded ({next(filter(None, lines), 'no reason')[:200]})",
        where=str(folder),
        fix="Copy the folder again, or give the model as a single .safetensors file",
    )


def _tokenizer(path: Path, encoder: str, family: Family) -> Any:
    folder = path / encoder.replace("text_encoder", "tokenizer")
    if (folder / "vocab.json").is_file() or (folder / "tokenizer.json").is_file():
        try:
            return CLIPTokenizer.from_pretrained(str(folder), local_files_only=True)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _unloadable(folder, error) from error
    zero = family == "sd2" or encoder == "text_encoder_2"
    return clip_tokenizer("zero" if zero else "eos")


def _schedule(path: Path) -> dict[str, Any]:
    file = path / "scheduler" / "scheduler_config.json"
    return _json(file) if file.is_file() else {}


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict):
            raise ValueError("not an object")
    except (OSError, ValueError) as error:
        raise ModelError(
            f"It cannot be read as JSON ({error})", where=str(file), fix="Copy the folder again"
        ) from error
    return content


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

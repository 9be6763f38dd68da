"""Loading a base model from a diffusers folder (the one that holds `model_index.json`).

Each part is loaded by itself in the wanted precision: nothing that only a pipeline needs (safety
checker, feature extractor) is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

from lora_wizard.errors import ModelError, Problem
from lora_wizard.models.autoencoder import load_vae
from lora_wizard.models.diffusers_part import load_part, unloadable
from lora_wizard.models.families import FAMILY_NAMES, Family, fits_width, recognise_folder
from lora_wizard.models.model_json import read_model_json
from lora_wizard.models.parts import Parts
from lora_wizard.models.vocabulary import clip_tokenizer, clip_vocabulary

INDEX = "model_index.json"


def load_folder(
    path: Path,
    *,
    family: Family | None,
    vae: Path | None = None,
    device: torch.device,
    resting: torch.device | None = None,
    dtype: torch.dtype,
) -> Parts:
    """The parts of a base model in a diffusers folder.

    Args:
        family: what the user says it is; None to recognise it.
        resting: where the VAE and the text encoders go; None for `device` too.
        vae: where another VAE than the folder's own lies; None for its own.

    Raises:
        ModelError: no diffusers folder, of another family, or parts missing, damaged or unsafe.
    """
    index = _index(path)
    unet_config = read_model_json(path / "unet" / "config.json") if (path / "unet").is_dir() else {}
    found = _family(path, index, unet_config, family)
    encoders = ["text_encoder", "text_encoder_2"][: 2 if found == "sdxl" else 1]
    _require_parts(path, ["unet", *(["vae"] if vae is None else []), *encoders])
    encoder_classes = [CLIPTextModel, CLIPTextModelWithProjection][: len(encoders)]
    return Parts(
        family=found,
        unet=load_part(path / "unet", UNet2DConditionModel, device, dtype),
        text_encoders=tuple(
            load_part(path / name, kind, resting or device, dtype)
            for name, kind in zip(encoders, encoder_classes, strict=True)
        ),
        tokenizers=tuple(_tokenizer(path, name, found) for name in encoders),
        vae=load_vae(vae or path / "vae", found, device=resting or device, dtype=dtype),
        schedule=_schedule(path),
    )


def _index(path: Path) -> dict[str, Any]:
    if (path / INDEX).is_file():
        return read_model_json(path / INDEX)
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
    if found is None and "text_encoder_2" in index and unet_config.get("in_channels") == 4:
        raise ModelError(
            "The folder is the SDXL refiner, not a base model",
            where=str(path),
            fix="Give the SDXL base model",
        )
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
    width = unet_config.get("cross_attention_dim")
    can_be = wanted is None or not isinstance(width, int) or fits_width(wanted, width)
    if wanted is not None and (not can_be or (wanted == "sdxl") != (found == "sdxl")):
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


def _tokenizer(path: Path, encoder: str, family: Family) -> Any:
    folder = path / encoder.replace("text_encoder", "tokenizer")
    zero = family == "sd2" or encoder == "text_encoder_2"
    if not ((folder / "vocab.json").is_file() or (folder / "tokenizer.json").is_file()):
        return clip_tokenizer("zero" if zero else "eos")
    try:
        own = CLIPTokenizer.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:  # the folder decides what goes wrong in the library
        raise unloadable(folder, error) from error
    if own.get_vocab() != clip_vocabulary()[0]:
        return own
    # CLIP's own vocabulary: ours is the same, except that padding with "!" does not make a
    # caption's "!" padding, which it is in no other program.
    return clip_tokenizer("zero" if own.pad_token_id == 0 else "eos")


def _schedule(path: Path) -> dict[str, Any]:
    file = path / "scheduler" / "scheduler_config.json"
    return read_model_json(file) if file.is_file() else {}

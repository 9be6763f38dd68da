"""Loading a base model from one checkpoint file in LDM names, as models are usually passed on.

Tensors are read one at a time straight to the wanted device and precision, renamed by diffusers'
own tables, and given to modules that were built without weights, so memory holds the model once.
So far SD1.x is loaded this way; the other families say what to do instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.loaders import single_file_utils
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from lora_wizard.errors import ModelError
from lora_wizard.models.checkpoint import Checkpoint, open_checkpoint
from lora_wizard.models.configuration import (
    clip_configuration,
    unet_configuration,
    vae_configuration,
)
from lora_wizard.models.families import (
    FAMILY_NAMES,
    SD1_TEXT,
    UNET,
    VAE,
    Family,
    recognise_file,
)
from lora_wizard.models.parts import Parts
from lora_wizard.models.vocabulary import clip_tokenizer

# The libraries' classes and functions are untyped.
_unet_class: Any = UNet2DConditionModel
_vae_class: Any = AutoencoderKL
_renaming: Any = single_file_utils


def load_single_file(
    path: Path, *, family: Family | None, device: torch.device, dtype: torch.dtype
) -> Parts:
    """The parts of a base model in one `.safetensors` or `.ckpt` file.

    Args:
        family: what the user says it is; None to recognise it.

    Raises:
        ModelError: unreadable, unsafe, no base model, or a family not loaded from one file yet.
    """
    checkpoint = open_checkpoint(path)
    found = recognise_file(checkpoint.shapes)
    if found.family is None:
        raise ModelError(
            f"The file is {found.sentence}",
            where=str(path),
            fix="Give a Stable Diffusion checkpoint, or a diffusers folder (the one that holds "
            "model_index.json)",
        )
    _require_sd1(path, family or found.family)
    try:
        return _sd1(checkpoint, device, dtype)
    except (KeyError, IndexError, StopIteration) as error:
        raise _incomplete(path, f"{error} is missing") from error


def _require_sd1(path: Path, family: Family) -> None:
    if family != "sd1":
        raise ModelError(
            f"{FAMILY_NAMES[family]} is not loaded from a single file yet",
            where=str(path),
            fix="Convert it to a diffusers folder once (in Python: StableDiffusionXLPipeline or "
            "StableDiffusionPipeline, from_single_file, then save_pretrained) and give the folder",
        )


def _sd1(checkpoint: Checkpoint, device: torch.device, dtype: torch.dtype) -> Parts:
    shapes = checkpoint.shapes
    for prefix, part in ((SD1_TEXT, "text encoder"), (VAE, "VAE")):
        if not any(name.startswith(prefix) for name in shapes):
            raise _incomplete(checkpoint.path, f"it holds no {part}")
    unet_config = unet_configuration(shapes, "sd1")
    vae_config = vae_configuration(shapes, "sd1")
    with init_empty_weights():
        unet = _unet_class(**unet_config)
        vae = _vae_class(**vae_config)
    unet_tensors = checkpoint.read(UNET, device=device, dtype=dtype)
    renamed = _renaming.convert_ldm_unet_checkpoint(unet_tensors, unet_config)
    _fill(unet, renamed, checkpoint.path)
    vae_tensors = checkpoint.read(VAE, device=device, dtype=dtype)
    renamed = _renaming.convert_ldm_vae_checkpoint(vae_tensors, vae_config)
    _fill(vae, renamed, checkpoint.path)
    return Parts(
        family="sd1",
        unet=unet,
        text_encoders=(_clip(checkpoint, device, dtype),),
        tokenizers=(clip_tokenizer("eos"),),
        vae=vae,
        schedule=_prediction_marks(shapes),
    )


def _clip(checkpoint: Checkpoint, device: torch.device, dtype: torch.dtype) -> Any:
    tensors = {
        # Files of 2022 lack the `text_model.` that later ones have.
        name.removeprefix(SD1_TEXT).removeprefix("text_model."): tensor
        for name, tensor in checkpoint.read(SD1_TEXT, device=device, dtype=dtype).items()
    }
    tensors.pop("embeddings.position_ids", None)  # a buffer of the library, of no weight
    config = clip_configuration({name: tuple(tensor.shape) for name, tensor in tensors.items()})
    with init_empty_weights():
        encoder: Any = CLIPTextModel(CLIPTextConfig(**config))
    nested = hasattr(encoder, "text_model")  # transformers before 5.6
    _fill(encoder.text_model if nested else encoder, tensors, checkpoint.path)
    return encoder


def _prediction_marks(shapes: Mapping[str, Any]) -> dict[str, Any]:
    """What marker tensors say of the schedule: empty tensors that trainers of v-prediction add."""
    schedule: dict[str, Any] = {}
    if "v_pred" in shapes:
        schedule["prediction_type"] = "v_prediction"
    if "ztsnr" in shapes:
        schedule["rescale_betas_zero_snr"] = True
    return schedule


def _fill(module: Any, tensors: Mapping[str, Tensor], path: Path) -> None:
    try:
        result = module.load_state_dict(dict(tensors), strict=False, assign=True)
    except RuntimeError as error:  # a shape that does not fit
        raise _incomplete(path, str(error).splitlines()[-1].strip()) from error
    if result.missing_keys:
        raise _incomplete(path, f"{result.missing_keys[0]} is missing")
    module.to(next(module.parameters()).device)  # the buffers, which were built on the CPU


def _incomplete(path: Path, reason: str) -> ModelError:
    return ModelError(
        f"The checkpoint is not complete: {reason}",
        where=str(path),
        fix="Use a full checkpoint, with UNet, text encoder and VAE in one file",
    )

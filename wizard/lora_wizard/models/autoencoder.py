"""The VAE of a base model: from the checkpoint itself, or from a file or folder of its own.

SDXL's VAE leaves the range of fp16, which gives black pictures: it runs in fp32 there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from diffusers import AutoencoderKL
from diffusers.loaders import single_file_utils

from lora_wizard.errors import LoraWizardError, ModelError
from lora_wizard.models.checkpoint import Checkpoint, open_checkpoint, ran_out_of_memory
from lora_wizard.models.configuration import LATENT_SCALE, vae_configuration
from lora_wizard.models.diffusers_part import load_part
from lora_wizard.models.families import VAE, Family
from lora_wizard.models.filling import fill, incomplete

# The library's classes and functions are untyped.
_vae_class: Any = AutoencoderKL
_renaming: Any = single_file_utils

_LATENT_CHANNELS = 4


def vae_precision(family: Family, dtype: torch.dtype) -> torch.dtype:
    """What the VAE runs in where the rest of the model runs in `dtype`."""
    return torch.float32 if family == "sdxl" and dtype == torch.float16 else dtype


def ldm_vae(
    checkpoint: Checkpoint,
    family: Family,
    *,
    device: torch.device,
    dtype: torch.dtype,
    prefix: str = VAE,
) -> Any:
    """The `AutoencoderKL` of a file in LDM names.

    Args:
        dtype: of the base model; the VAE's own follows from it.
        prefix: what stands before `encoder.` and `decoder.`.

    Raises:
        KeyError: a tensor is missing.
        ModelError: the file is damaged, or its tensors do not make a VAE.
    """
    config = vae_configuration(checkpoint.shapes, family, prefix)
    with init_empty_weights():
        vae = _vae_class(**config)
    precision = vae_precision(family, dtype)
    # Of a VAE trained by itself, the file also holds its loss.
    tensors = {
        name.removeprefix(prefix): tensor
        for part in ("encoder.", "decoder.", "quant_conv.", "post_quant_conv.")
        for name, tensor in checkpoint.read(prefix + part, device=device, dtype=precision).items()
    }
    fill(vae, _renaming.convert_ldm_vae_checkpoint(tensors, config), checkpoint.path)
    return vae


def load_vae(path: Path, family: Family, *, device: torch.device, dtype: torch.dtype) -> Any:
    """The `AutoencoderKL` of a file or folder of its own.

    Args:
        path: a `.safetensors`, `.ckpt` or `.pt` file in LDM names, with `first_stage_model.`
            before them or without, or in diffusers' names; a whole checkpoint does as well; or a
            folder with `config.json`, or one that has such a folder `vae` in it.
        family: of the base that it is to work with, which decides how its latents are scaled
            where no configuration says.
        dtype: of the base.

    Raises:
        ModelError: missing, damaged, unsafe, or not a VAE for this family.
    """
    if path.is_dir():
        vae = _from_folder(path, vae_precision(family, dtype), device)
    elif path.exists():
        vae = _built(path, family, device, dtype)
    else:
        raise ModelError("There is no such file or folder", where=str(path), fix=_FIX)
    return vae


_FIX = "Give a VAE for Stable Diffusion: a .safetensors, .ckpt or .pt file, or a diffusers folder"


def _from_folder(path: Path, dtype: torch.dtype, device: torch.device) -> Any:
    folder = next((one for one in (path, path / "vae") if (one / "config.json").is_file()), None)
    if folder is None:
        raise ModelError(
            "The folder holds no config.json, so it is no VAE", where=str(path), fix=_FIX
        )
    vae = load_part(folder, AutoencoderKL, device, dtype)
    _require_four_channels(int(vae.config.latent_channels), path)
    return vae


def _built(path: Path, family: Family, device: torch.device, dtype: torch.dtype) -> Any:
    try:
        return _from_file(path, family, device, dtype)
    except (LoraWizardError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # the file's shapes decide what goes wrong in the libraries
        if ran_out_of_memory(error):
            raise
        raise ModelError(
            f"No VAE can be built from its tensors ({type(error).__name__}: {error})",
            where=str(path),
            fix=_FIX,
        ) from error


def _from_file(path: Path, family: Family, device: torch.device, dtype: torch.dtype) -> Any:
    checkpoint = open_checkpoint(path)
    shapes = checkpoint.shapes
    if "decoder.up_blocks.0.resnets.0.conv1.weight" in shapes:
        return _from_diffusers_file(checkpoint, family, device, dtype)
    prefix = next(
        (one for one in (VAE, "vae.", "") if f"{one}decoder.conv_in.weight" in shapes), None
    )
    if prefix is None:
        raise ModelError("The file is not a VAE", where=str(path), fix=_FIX)
    _require_four_channels(shapes[f"{prefix}decoder.conv_in.weight"][1], path)
    try:
        return ldm_vae(checkpoint, family, device=device, dtype=dtype, prefix=prefix)
    except KeyError as error:
        raise incomplete(path, f"{error} is missing", what="VAE") from error


def _from_diffusers_file(
    checkpoint: Checkpoint, family: Family, device: torch.device, dtype: torch.dtype
) -> Any:
    """A folder's `diffusion_pytorch_model.safetensors` passed on without its `config.json`."""
    _require_four_channels(checkpoint.shapes["decoder.conv_in.weight"][1], checkpoint.path)
    with init_empty_weights():
        vae = _vae_class(**_diffusers_configuration(checkpoint.shapes, family))
    tensors = checkpoint.read("", device=device, dtype=vae_precision(family, dtype))
    fill(vae, tensors, checkpoint.path)
    return vae


def _diffusers_configuration(
    shapes: Mapping[str, tuple[int, ...]], family: Family
) -> dict[str, Any]:
    names = [f"encoder.down_blocks.{level}.resnets.{{}}.conv2.weight" for level in range(8)]
    widths = [shapes[name.format(0)][0] for name in names if name.format(0) in shapes]
    return {
        "in_channels": shapes["encoder.conv_in.weight"][1],
        "out_channels": shapes["decoder.conv_out.weight"][0],
        "latent_channels": shapes["decoder.conv_in.weight"][1],
        "block_out_channels": widths,
        "layers_per_block": sum(names[0].format(layer) in shapes for layer in range(8)),
        "down_block_types": ["DownEncoderBlock2D"] * len(widths),
        "up_block_types": ["UpDecoderBlock2D"] * len(widths),
        "scaling_factor": LATENT_SCALE[family],
    }


def _require_four_channels(channels: int, path: Path) -> None:
    if channels != _LATENT_CHANNELS:
        raise ModelError(
            f"The VAE is for another kind of model: its latents have {channels} channels, not 4",
            where=str(path),
            fix=_FIX,
        )

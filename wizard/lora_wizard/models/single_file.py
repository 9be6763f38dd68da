"""Loading a base model from one checkpoint file in LDM names, as models are usually passed on.

Tensors are read one at a time straight to the wanted device and precision, renamed by diffusers'
own tables, and given to modules that were built without weights, so memory holds the model once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from accelerate import init_empty_weights
from diffusers import UNet2DConditionModel
from diffusers.loaders import single_file_utils
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from lora_wizard.errors import LoraWizardError, ModelError
from lora_wizard.models import open_clip
from lora_wizard.models.autoencoder import ldm_vae, load_vae
from lora_wizard.models.checkpoint import Checkpoint, open_checkpoint, ran_out_of_memory
from lora_wizard.models.configuration import (
    clip_configuration,
    open_clip_configuration,
    unet_configuration,
)
from lora_wizard.models.families import (
    FAMILY_NAMES,
    SD1_TEXT,
    SD2_TEXT,
    SDXL_TEXT_1,
    SDXL_TEXT_2,
    TEXT_ENCODERS,
    UNET,
    VAE,
    Family,
    agrees,
    recognise_file,
)
from lora_wizard.models.filling import fill, incomplete
from lora_wizard.models.parts import Parts
from lora_wizard.models.prediction import told_schedule
from lora_wizard.models.vocabulary import clip_tokenizer

# The library's classes and functions are untyped.
_unet_class: Any = UNet2DConditionModel
_renaming: Any = single_file_utils


def load_single_file(
    path: Path,
    *,
    family: Family | None,
    vae: Path | None = None,
    device: torch.device,
    resting: torch.device | None = None,
    dtype: torch.dtype,
) -> Parts:
    """The parts of a base model in one `.safetensors` or `.ckpt` file.

    Args:
        family: what the user says it is; None to recognise it.
        resting: where the VAE and the text encoders go; None for `device` too.
        vae: where another VAE than the file's own lies; None for its own.

    Raises:
        ModelError: unreadable, unsafe, no base model, or not of the family that was asked for.
    """
    checkpoint = open_checkpoint(path)
    found: Family | None = None
    try:
        found = _family(checkpoint, family)
        _require_parts(checkpoint, found, needs_vae=vae is None)
        rest = resting or device
        return Parts(
            family=found,
            unet=_Reading(checkpoint, device, dtype).unet(found),
            text_encoders=_Reading(checkpoint, rest, dtype).text_encoders(found),
            tokenizers=_tokenizers(found),
            vae=ldm_vae(checkpoint, found, device=rest, dtype=dtype)
            if vae is None
            else load_vae(vae, found, device=rest, dtype=dtype),
            schedule=told_schedule(checkpoint.shapes, checkpoint.metadata),
        )
    except (LoraWizardError, torch.OutOfMemoryError):
        raise
    except (KeyError, StopIteration) as error:
        raise incomplete(path, f"{error} is missing") from error
    except Exception as error:  # the file's shapes decide what goes wrong in the libraries
        if ran_out_of_memory(error):
            raise
        kind = FAMILY_NAMES[found] if found else "Stable Diffusion"
        raise ModelError(
            f"No {kind} model can be built from its tensors ({_first_line(error)})",
            where=str(path),
            fix="Give the model as a diffusers folder, whose configuration says how it is built",
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)[:200]


def _family(checkpoint: Checkpoint, wanted: Family | None) -> Family:
    found = recognise_file(checkpoint.shapes)
    if found.family is None:
        header = checkpoint.metadata.get("modelspec.architecture")
        raise ModelError(
            f"The file is {found.sentence}" + (f' (its header says "{header}")' if header else ""),
            where=str(checkpoint.path),
            fix="Give a Stable Diffusion checkpoint, or a diffusers folder (the one that holds "
            "model_index.json)",
        )
    if wanted is None or wanted == found.family:
        return found.family
    if not agrees(wanted, checkpoint.shapes):
        raise ModelError(
            f"The file is {found.sentence}, but {FAMILY_NAMES[wanted]} was asked for",
            where=str(checkpoint.path),
            fix='Set model.family to "auto"',
        )
    return wanted


def _require_parts(checkpoint: Checkpoint, family: Family, *, needs_vae: bool) -> None:
    """Before anything is read: each of the model's parts has at least one tensor."""
    for prefix in TEXT_ENCODERS[family]:
        if not checkpoint.holds(prefix):
            raise incomplete(checkpoint.path, "it holds no text encoder")
    if needs_vae and not checkpoint.holds(VAE):
        raise ModelError(
            "The checkpoint is not complete: it holds no VAE",
            where=str(checkpoint.path),
            fix="Give the VAE that belongs to it as model.vae (a .safetensors or .pt file, or a "
            "diffusers folder), or use a checkpoint with a VAE in it",
        )


class _Reading:
    """The parts of one file, each made without weights and then given the file's."""

    def __init__(self, checkpoint: Checkpoint, device: torch.device, dtype: torch.dtype) -> None:
        self._checkpoint, self._device, self._dtype = checkpoint, device, dtype

    def unet(self, family: Family) -> Any:
        config = unet_configuration(self._checkpoint.shapes, family)
        with init_empty_weights():
            unet = _unet_class(**config)
        tensors = self._checkpoint.read(UNET, device=self._device, dtype=self._dtype)
        renamed = _renaming.convert_ldm_unet_checkpoint(tensors, config)
        fill(unet, renamed, self._checkpoint.path)
        return unet

    def text_encoders(self, family: Family) -> tuple[Any, ...]:
        if family == "sd1":
            return (self._clip(SD1_TEXT),)
        if family == "sd2":
            return (self._open_clip_of_sd2(),)
        return (self._clip(SDXL_TEXT_1), self._open_clip_with_projection())

    def _clip(self, prefix: str) -> Any:
        tensors = {
            # Files of 2022 lack the `text_model.` that later ones have.
            name.removeprefix("text_model."): tensor
            for name, tensor in self._behind(prefix).items()
        }
        tensors.pop("embeddings.position_ids", None)  # a buffer of the library, of no weight
        return self._encoder(CLIPTextModel, clip_configuration(_shapes(tensors)), tensors)

    def _open_clip_of_sd2(self) -> Any:
        names = [name for name in self._checkpoint.shapes if name.startswith(SD2_TEXT)]
        wanted = open_clip.read_by_sd2([name.removeprefix(SD2_TEXT) for name in names])
        tensors = self._behind(SD2_TEXT, wanted)
        config = open_clip_configuration(_shapes(tensors))
        return self._encoder(CLIPTextModel, config, open_clip.in_clip_names(tensors))

    def _open_clip_with_projection(self) -> Any:
        tensors = self._behind(SDXL_TEXT_2)
        config = open_clip_configuration(_shapes(tensors))
        encoder = self._encoder(
            CLIPTextModelWithProjection,
            config,
            open_clip.in_clip_names(tensors),
            {"text_projection.weight": open_clip.projection(tensors)},
        )
        return encoder

    def _behind(
        self, prefix: str, wanted: Callable[[str], bool] = lambda name: True
    ) -> dict[str, Tensor]:
        """The tensors behind a prefix, by their names without it."""
        read = self._checkpoint.read(
            prefix,
            device=self._device,
            dtype=self._dtype,
            wanted=lambda name: wanted(name.removeprefix(prefix)),
        )
        return {name.removeprefix(prefix): tensor for name, tensor in read.items()}

    def _encoder(
        self,
        kind: Any,
        config: Mapping[str, Any],
        tensors: Mapping[str, Tensor],
        outer: Mapping[str, Tensor] = MappingProxyType({}),
    ) -> Any:
        """A text encoder.

        Args:
            tensors: of the transformer itself, their names beginning at `embeddings.`.
            outer: what the class has around it.
        """
        with init_empty_weights():
            encoder: Any = kind(CLIPTextConfig(**config))
        # `CLIPTextModel` lost its level `text_model` in transformers 5.6; the other class kept it.
        level = "text_model." if hasattr(encoder, "text_model") else ""
        named = {level + name: tensor for name, tensor in tensors.items()}
        fill(encoder, named | dict(outer), self._checkpoint.path)
        return encoder


def _tokenizers(family: Family) -> tuple[Any, ...]:
    if family == "sdxl":
        return (clip_tokenizer("eos"), clip_tokenizer("zero"))
    return (clip_tokenizer("zero" if family == "sd2" else "eos"),)


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}

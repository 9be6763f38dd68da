"""Training on from a finished model: its folder's weights become the state of a new training.

Only fp16 weights are shipped, no optimizer. So the autoencoder's encoder and the text encoder stay
as they are, and the denoiser and the decoder go on with a fresh optimizer, warmed up anew.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from lora_wizard.errors import ModelError
from lora_wizard.models.base import load_base
from lora_wizard.paperdoll.base.modules import Sizes, build_text_encoder, build_unet, build_vae
from lora_wizard.paperdoll.base.plan import COMMANDS_NAME, LOG_NAME, TRAINING_LOG_NAME
from lora_wizard.paperdoll.base.progress import save_state


def take_weights(source: Path, sizes: Sizes, folder: Path) -> bool:
    """Makes the first state of a training in `folder` from the model in `source`.

    Args:
        source: a diffusers folder that `export_state` wrote.
        sizes: what the model has to be made of.

    Returns:
        False where a training has been begun in `folder` already: then nothing is changed.

    Raises:
        ModelError: the model cannot be loaded, or has other sizes.
    """
    if any((folder / name).exists() for name in ("vae.pt", "text.pt", "unet.pt")):
        return False
    base = load_base(str(source))
    vae = _weights(base.vae, build_vae(sizes), source)
    text = _weights(base.text_encoders[0], build_text_encoder(sizes), source)
    unet = _weights(base.unet, build_unet(sizes), source)
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("vae.pt", "decoder.pt"):
        save_state(folder / name, {"model": vae, "average": vae, "seen": 0})
    save_state(folder / "text.pt", {"model": text})
    for kept, name in ((COMMANDS_NAME, COMMANDS_NAME), (TRAINING_LOG_NAME, LOG_NAME)):
        if (source / kept).is_file():
            shutil.copyfile(source / kept, folder / name)
    # Last: a denoiser's state is what tells that the stages before it are closed.
    state: dict[str, Any] = {"model": unet, "average": unet, "seen": 0, "scale": base.latent_scale}
    save_state(folder / "unet.pt", state)
    return True


def _weights(given: nn.Module, wanted: nn.Module, source: Path) -> dict[str, Tensor]:
    """The weights of `given` in float32, if it is built as `wanted` is."""
    weights = {name: tensor.float() for name, tensor in given.state_dict().items()}
    shapes = {name: tensor.shape for name, tensor in wanted.state_dict().items()}
    if {name: tensor.shape for name, tensor in weights.items()} != shapes:
        raise ModelError(
            f"its {type(wanted).__name__} has other sizes than the one to be trained",
            where=str(source),
            fix="Choose the --size that it was trained with.",
        )
    return weights

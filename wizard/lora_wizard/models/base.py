"""The base model that LoRAs are trained on and pictures are sampled from.

`load_base` takes what the user calls a model (the word `paperdoll`, a diffusers folder, a single
checkpoint file) and returns its parts frozen, in evaluation mode, on one device in one precision.
It never downloads: what is not on this disk is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import torch

from lora_wizard.errors import ModelError
from lora_wizard.models.families import FAMILY_NAMES, Family
from lora_wizard.models.first_bytes import kind_of
from lora_wizard.models.fitting import require_fitting
from lora_wizard.models.folder import load_folder
from lora_wizard.models.parts import Parts
from lora_wizard.models.prediction import told_or_tried
from lora_wizard.models.schedule import noise_scheduler
from lora_wizard.models.single_file import load_single_file

PAPERDOLL = "paperdoll"
"""The word for the small model that comes with the package."""
_PAPERDOLL_FOLDER = Path(__file__).parent.parent / "paperdoll" / "weights"
_SD2_VELOCITY_LATENTS = 96
_CHECKPOINT_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".bin")


@dataclass(frozen=True)
class BaseModel:
    """A loaded base model. Its modules are frozen; a LoRA is attached to them in place."""

    family: Family
    unet: Any
    """`UNet2DConditionModel`."""
    text_encoders: tuple[Any, ...]
    """One `CLIPTextModel`; for SDXL a `CLIPTextModelWithProjection` after it."""
    tokenizers: tuple[Any, ...]
    """A `CLIPTokenizer` for each text encoder."""
    vae: Any
    """`AutoencoderKL`."""
    noise_scheduler: Any
    """`DDPMScheduler`: the schedule of the training noise."""
    path: Path
    name: str
    """How the model is called in file metadata and below pictures."""
    vae_path: Path | None = None
    """Where the VAE came from, where it is not the model's own."""
    notes: tuple[str, ...] = ()
    """What was decided where the files leave something open, in sentences for the user."""
    doubts: tuple[str, ...] = ()
    """What was taken as usual though it does not look so, in such sentences."""

    @property
    def prediction_type(self) -> Literal["epsilon", "v_prediction"]:
        """What the UNet predicts: the noise, or the velocity (Salimans and Ho, 2022)."""
        return cast(
            'Literal["epsilon", "v_prediction"]', self.noise_scheduler.config["prediction_type"]
        )

    @property
    def latent_scale(self) -> float:
        """What the VAE's latents are multiplied by before the UNet sees them."""
        return float(self.vae.config.scaling_factor)

    @property
    def pixels_per_latent(self) -> int:
        """Side in pixels of the square that one latent stands for (8 in full-size models)."""
        return int(2 ** (len(self.vae.config.block_out_channels) - 1))

    @property
    def native_size(self) -> int:
        """Side in pixels of the pictures that the model was made for."""
        return int(self.unet.config.sample_size) * self.pixels_per_latent

    @property
    def device(self) -> torch.device:
        """Where the UNet is."""
        return cast(torch.device, next(self.unet.parameters()).device)


def load_base(
    base: str,
    *,
    family: Literal["auto", "sd1", "sd2", "sdxl"] = "auto",
    v_prediction: bool | None = None,
    zero_terminal_snr: bool | None = None,
    vae: str = "",
    device: torch.device | str = "cpu",
    resting: torch.device | None = None,
    dtype: torch.dtype = torch.float32,
) -> BaseModel:
    """Load a base model from this disk.

    Args:
        base: `paperdoll`, a diffusers folder, or a `.safetensors` or `.ckpt` file.
        family: what it is, where it is not recognised rightly.
        v_prediction: whether it predicts velocity; None for what the files say.
        zero_terminal_snr: whether its schedule ends without any signal; None as above.
        vae: path of another VAE, a file or a folder; empty for the base's own.
        device: where its weights go.
        resting: where those of the VAE and the text encoders go, where that is elsewhere.
        dtype: their precision. SDXL's VAE is kept in fp32 where this is fp16.

    Raises:
        ModelError: missing, damaged, unsafe, of another kind, or not loadable from such a file.
    """
    path = base_path(base)
    wanted = None if family == "auto" else family
    vae_path = Path(vae).expanduser() if vae else None
    load = load_folder if path.is_dir() else load_single_file
    parts = load(
        path,
        family=wanted,
        vae=vae_path,
        device=torch.device(device),
        resting=resting or torch.device(device),
        dtype=dtype,
    )
    require_fitting(parts, path)
    name = PAPERDOLL if base == PAPERDOLL else (path.name if path.is_dir() else path.stem)
    found = told_or_tried(parts, name, v_prediction)
    try:
        schedule = noise_scheduler(
            found.config, v_prediction=v_prediction, zero_terminal_snr=zero_terminal_snr
        )
    except (ValueError, TypeError, RuntimeError, NotImplementedError) as error:
        raise ModelError(
            f"Its noise schedule cannot be used ({error})",
            where=str(path / "scheduler" / "scheduler_config.json"),
            fix="Copy the folder again",
        ) from error
    if path.is_file() and parts.family == "sd2" and _predicts_velocity(schedule):
        # The kind that predicts velocity was trained on larger pictures; no shape tells so.
        parts.unet.register_to_config(sample_size=_SD2_VELOCITY_LATENTS)
    _make_ready(parts)
    return BaseModel(
        family=parts.family,
        unet=parts.unet,
        text_encoders=parts.text_encoders,
        tokenizers=parts.tokenizers,
        vae=parts.vae,
        noise_scheduler=schedule,
        path=path,
        name=name,
        vae_path=vae_path,
        notes=found.notes,
        doubts=found.doubts,
    )


def base_path(base: str) -> Path:
    """Where the model called `base` lies; looks at nothing but whether it is there.

    Raises:
        ModelError: there is nothing, or nothing that could be a model.
    """
    if base == PAPERDOLL:
        if not (_PAPERDOLL_FOLDER / "model_index.json").is_file():
            raise ModelError(
                "The weights of the small model that comes with the package are not installed",
                where=PAPERDOLL,
                fix="Train them with: lora-wizard paperdoll train-base. Or give the path of a "
                "checkpoint of your own",
            )
        return _PAPERDOLL_FOLDER
    path = Path(base).expanduser()
    _require_reachable(path)
    if not path.exists():
        raise ModelError(
            "There is no such file or folder",
            where=base,
            fix=f'Check the path, or use "{PAPERDOLL}", the small model that comes with the '
            "package. Models are never downloaded",
        )
    is_named_so = path.suffix.lower() in _CHECKPOINT_SUFFIXES
    if not path.is_dir() and not is_named_so and kind_of(path) is None:
        raise ModelError(
            f"A file ending in {path.suffix or 'nothing'} is not a model",
            where=base,
            fix="Give a .safetensors or .ckpt file, or a diffusers folder",
        )
    return path


def _require_reachable(path: Path) -> None:
    try:
        path.stat()
    except PermissionError as error:
        raise ModelError(
            f"It cannot be read: {error.strerror}", where=str(path), fix="Check its permissions"
        ) from error
    except OSError:
        return  # it is not there, which is told in its own words


def describe(base: BaseModel) -> str:
    """One line on what was loaded."""
    prediction = base.prediction_type.replace("_", "-")
    parts = [FAMILY_NAMES[base.family], prediction]
    if base.noise_scheduler.config["rescale_betas_zero_snr"]:
        parts.append("zero-terminal SNR")
    if base.vae_path is not None:
        parts.append(f"with the VAE {base.vae_path.name}")
    return f"{base.name}: {', '.join(parts)}"


def _predicts_velocity(schedule: Any) -> bool:
    return bool(schedule.config["prediction_type"] == "v_prediction")


def _make_ready(parts: Parts) -> None:
    for module in (parts.unet, parts.vae, *parts.text_encoders):
        module.requires_grad_(False)
        module.eval()
    # Measured: with channels last the VAE is up to a quarter faster on a CPU, the UNet none (full
    # size) or a tenth slower (small); on a GPU the tensor cores want it for both.
    parts.vae.to(memory_format=torch.channels_last)
    if next(parts.unet.parameters()).device.type == "cuda":
        parts.unet.to(memory_format=torch.channels_last)

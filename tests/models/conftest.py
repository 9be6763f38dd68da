"""Tiny real models, built once a session: a Stable Diffusion 1 and an XL folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.vocabulary import clip_tokenizer

from .ldm import single_file_tensors

library: Any = diffusers  # its classes are untyped

CLIP_WIDTH = 32


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def sd1_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers folder of a tiny SD1 model with random weights, 32 px."""
    return save_sd1(tmp_path_factory.mktemp("models") / "tiny-sd1")


@pytest.fixture(scope="session")
def sdxl_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers folder of a tiny SDXL model with random weights, 32 px."""
    return save_sdxl(tmp_path_factory.mktemp("models") / "tiny-sdxl")


@pytest.fixture(scope="session")
def sd2_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers folder of a tiny SD2 model with random weights, 32 px."""
    return save_sd2(tmp_path_factory.mktemp("models") / "tiny-sd2")


@pytest.fixture(scope="session")
def sd1(sd1_folder: Path) -> BaseModel:
    return load_base(str(sd1_folder))


@pytest.fixture(scope="session")
def sd2(sd2_folder: Path) -> BaseModel:
    return load_base(str(sd2_folder))


@pytest.fixture(scope="session")
def sdxl(sdxl_folder: Path) -> BaseModel:
    return load_base(str(sdxl_folder))


@pytest.fixture(scope="session")
def ldm_tensors(sd1: BaseModel) -> Callable[[], dict[str, torch.Tensor]]:
    """The tiny SD1 model's tensors in the names of a single checkpoint file."""
    return lambda: single_file_tensors(sd1)


def save_sd1(folder: Path, *, vae_widths: tuple[int, ...] = (32, 64)) -> Path:
    """A diffusers folder of a tiny SD1 model with random weights."""
    torch.manual_seed(0)
    pipeline = library.StableDiffusionPipeline(
        vae=vae(vae_widths),
        text_encoder=text_encoder(CLIPTextModel),
        tokenizer=clip_tokenizer("eos"),
        unet=unet(cross_attention_dim=CLIP_WIDTH, attention_head_dim=8),
        scheduler=scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)
    return folder


def save_sd2(
    folder: Path, *, vae_widths: tuple[int, ...] = (32, 64), prediction: str = "epsilon"
) -> Path:
    """A diffusers folder of a tiny SD2 model with random weights."""
    torch.manual_seed(2)
    pipeline = library.StableDiffusionPipeline(
        vae=vae(vae_widths),
        text_encoder=text_encoder(CLIPTextModel, hidden_act="gelu"),
        tokenizer=clip_tokenizer("zero"),
        unet=unet(
            cross_attention_dim=CLIP_WIDTH,
            attention_head_dim=(1, 1),
            use_linear_projection=True,
            upcast_attention=True,
        ),
        scheduler=scheduler(prediction_type=prediction),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(folder)
    return folder


def save_sdxl(folder: Path, *, vae_widths: tuple[int, ...] = (32, 64), **schedule: Any) -> Path:
    """A diffusers folder of a tiny SDXL model with random weights: three levels, as SDXL has."""
    torch.manual_seed(1)
    pipeline = library.StableDiffusionXLPipeline(
        vae=vae(vae_widths, scaling_factor=0.13025),
        text_encoder=text_encoder(CLIPTextModel),
        text_encoder_2=text_encoder(CLIPTextModelWithProjection, hidden_act="gelu"),
        tokenizer=clip_tokenizer("eos"),
        tokenizer_2=clip_tokenizer("zero"),
        unet=unet(
            block_out_channels=(32, 64, 64),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            transformer_layers_per_block=(1, 1, 2),
            cross_attention_dim=2 * CLIP_WIDTH,
            attention_head_dim=(1, 1, 1),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + CLIP_WIDTH,
        ),
        scheduler=scheduler(**schedule),
        add_watermarker=False,
    )
    pipeline.save_pretrained(folder)
    return folder


def unet(**more: Any) -> Any:
    plain: dict[str, Any] = {
        "sample_size": 16,
        "block_out_channels": (32, 64),
        "layers_per_block": 1,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    }
    return library.UNet2DConditionModel(**(plain | more))


def vae(widths: tuple[int, ...], scaling_factor: float = 0.18215) -> Any:
    """One width a level; each level after the first halves the picture."""
    return library.AutoencoderKL(
        block_out_channels=widths,
        layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * len(widths),
        up_block_types=("UpDecoderBlock2D",) * len(widths),
        latent_channels=4,
        scaling_factor=scaling_factor,
    )


def text_encoder(kind: Any, hidden_act: str = "quick_gelu") -> Any:
    return kind(
        CLIPTextConfig(
            vocab_size=49408,
            hidden_size=CLIP_WIDTH,
            intermediate_size=64,
            num_hidden_layers=3,
            num_attention_heads=1,
            projection_dim=CLIP_WIDTH,
            hidden_act=hidden_act,
            bos_token_id=49406,
            eos_token_id=49407,
            pad_token_id=49407,
        )
    )


def scheduler(**more: Any) -> Any:
    return library.DDIMScheduler(
        **more,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )

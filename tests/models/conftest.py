"""Tiny real models, built once a session: a Stable Diffusion 1 and an XL folder."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from lora_wizard.models.base import BaseModel, load_base
from lora_wizard.models.vocabulary import clip_tokenizer

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
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("models") / "tiny-sdxl"
    pipeline = library.StableDiffusionXLPipeline(
        vae=vae((32, 64)),
        text_encoder=text_encoder(CLIPTextModel),
        text_encoder_2=text_encoder(CLIPTextModelWithProjection),
        tokenizer=clip_tokenizer("eos"),
        tokenizer_2=clip_tokenizer("zero"),
        unet=unet(
            cross_attention_dim=2 * CLIP_WIDTH,
            attention_head_dim=(2, 4),
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + CLIP_WIDTH,
        ),
        scheduler=scheduler(),
        add_watermarker=False,
    )
    pipeline.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def sd1(sd1_folder: Path) -> BaseModel:
    return load_base(str(sd1_folder))


@pytest.fixture(scope="session")
def sdxl(sdxl_folder: Path) -> BaseModel:
    return load_base(str(sdxl_folder))


@pytest.fixture(scope="session")
def ldm_tensors(sd1: BaseModel) -> Callable[[], dict[str, torch.Tensor]]:
    """The tiny SD1 model's tensors in the names of a single checkpoint file."""
    return lambda: {
        **{f"model.diffusion_model.{k}": v for k, v in ldm_unet(sd1.unet).items()},
        **{f"first_stage_model.{k}": v for k, v in ldm_vae(sd1.vae).items()},
        **{
            "cond_stage_model.transformer.text_model." + name.removeprefix("text_model."): tensor
            for name, tensor in sd1.text_encoders[0].state_dict().items()
        },
    }


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


def unet(**more: Any) -> Any:
    return library.UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        **more,
    )


def vae(widths: tuple[int, ...]) -> Any:
    """One width a level; each level after the first halves the picture."""
    return library.AutoencoderKL(
        block_out_channels=widths,
        layers_per_block=1,
        down_block_types=("DownEncoderBlock2D",) * len(widths),
        up_block_types=("UpDecoderBlock2D",) * len(widths),
        latent_channels=4,
        scaling_factor=0.18215,
    )


def text_encoder(kind: Any) -> Any:
    return kind(
        CLIPTextConfig(
            vocab_size=49408,
            hidden_size=CLIP_WIDTH,
            intermediate_size=64,
            num_hidden_layers=3,
            num_attention_heads=1,
            projection_dim=CLIP_WIDTH,
            bos_token_id=49406,
            eos_token_id=49407,
            pad_token_id=49407,
        )
    )


def scheduler() -> Any:
    return library.DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_VAE_PIECES = {
    r"mid_block\.resnets\.0": "mid.block_1",
    r"mid_block\.resnets\.1": "mid.block_2",
    r"mid_block\.attentions\.0": "mid.attn_1",
    r"\.resnets\.": ".block.",
    r"samplers\.0\.conv": "sample.conv",
    "group_norm": "norm",
    r"to_([qkv])": r"\1",
    r"to_out\.0": "proj_out",
    "conv_norm_out": "norm_out",
    "conv_shortcut": "nin_shortcut",
}


def ldm_unet(module: Any) -> dict[str, torch.Tensor]:
    """A UNet's tensors in LDM names, without prefix."""
    blocks = _unet_blocks(module)
    renamed = {}
    for name, tensor in module.state_dict().items():
        block = next(block for block in blocks if name.startswith(block + "."))
        rest = name.removeprefix(block)
        if "resnets" in block:
            part = rest.split(".")[1]
            rest = rest.replace(part, _RESNET[part], 1)
        renamed[blocks[block] + rest] = tensor
    return renamed


def ldm_vae(module: Any) -> dict[str, torch.Tensor]:
    """A VAE's tensors in LDM names, without prefix."""
    top = len(module.config.block_out_channels) - 1
    renamed = {}
    for name, tensor in module.state_dict().items():
        is_matrix = ".attentions." in name and tensor.ndim == 2
        ldm_name = re.sub(r"down_blocks\.", "down.", name)
        ldm_name = re.sub(r"up_blocks\.(\d)", lambda at: f"up.{top - int(at[1])}", ldm_name)
        for ours, theirs in _VAE_PIECES.items():
            ldm_name = re.sub(ours, theirs, ldm_name)
        renamed[ldm_name] = tensor[:, :, None, None] if is_matrix else tensor
    return renamed


def _unet_blocks(module: Any) -> dict[str, str]:
    """diffusers' name of each block and LDM's."""
    levels, layers = len(module.config.block_out_channels), module.config.layers_per_block
    names = {
        "time_embedding.linear_1": "time_embed.0",
        "time_embedding.linear_2": "time_embed.2",
        "conv_in": "input_blocks.0.0",
        "conv_norm_out": "out.0",
        "conv_out": "out.2",
        "mid_block.resnets.0": "middle_block.0",
        "mid_block.attentions.0": "middle_block.1",
        "mid_block.resnets.1": "middle_block.2",
    }
    for level in range(levels):
        down, first = f"down_blocks.{level}", 1 + level * (layers + 1)
        for layer in range(layers):
            names[f"{down}.resnets.{layer}"] = f"input_blocks.{first + layer}.0"
            names[f"{down}.attentions.{layer}"] = f"input_blocks.{first + layer}.1"
        names[f"{down}.downsamplers.0.conv"] = f"input_blocks.{first + layers}.0.op"
        up, first = f"up_blocks.{level}", level * (layers + 1)
        for layer in range(layers + 1):
            names[f"{up}.resnets.{layer}"] = f"output_blocks.{first + layer}.0"
            names[f"{up}.attentions.{layer}"] = f"output_blocks.{first + layer}.1"
        place = 2 if hasattr(module.up_blocks[level], "attentions") else 1
        names[f"{up}.upsamplers.0.conv"] = f"output_blocks.{first + layers}.{place}.conv"
    return names

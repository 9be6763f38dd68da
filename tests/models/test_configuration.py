"""A single file's configuration is read off its shapes, at full size too (without values)."""

from typing import Any

import torch
from transformers import CLIPTextConfig, CLIPTextModel

from lora_wizard.models.configuration import (
    clip_configuration,
    unet_configuration,
    vae_configuration,
)
from lora_wizard.models.families import recognise_file

from .conftest import library
from .ldm import ldm_unet, ldm_vae


def shapes_of(tensors: dict[str, Any], prefix: str) -> dict[str, tuple[int, ...]]:
    return {prefix + name: tuple(tensor.shape) for name, tensor in tensors.items()}


def agrees(found: dict[str, Any], config: Any) -> bool:
    """Whether every value found is the configuration's."""

    def plain(value: Any) -> Any:
        return list(value) if isinstance(value, tuple) else value

    return all(plain(config[key]) == value for key, value in found.items())


def test_sd15_of_full_size_gives_its_own_configuration() -> None:
    with torch.device("meta"):
        unet = library.UNet2DConditionModel(cross_attention_dim=768)
        vae = library.AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            layers_per_block=2,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            latent_channels=4,
            sample_size=512,
        )
    shapes = shapes_of(ldm_unet(unet), "model.diffusion_model.")
    shapes |= shapes_of(ldm_vae(vae), "first_stage_model.")
    assert recognise_file(shapes).family == "sd1"
    found = unet_configuration(shapes, "sd1")
    assert found["block_out_channels"] == [320, 640, 1280, 1280]
    found.pop("sample_size")
    assert agrees(found, unet.config)
    assert agrees(vae_configuration(shapes, "sd1"), vae.config)


def test_clips_text_encoder_gives_its_own_configuration() -> None:
    config = CLIPTextConfig(
        hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
        projection_dim=768, hidden_act="quick_gelu",
    )  # fmt: skip
    with torch.device("meta"):
        encoder = CLIPTextModel(config)
    found = clip_configuration(shapes_of(encoder.state_dict(), ""))
    assert found["num_attention_heads"] == 12
    assert agrees(found, config.to_dict())

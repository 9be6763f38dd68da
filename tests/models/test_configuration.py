"""A single file's configuration is read off its shapes, at full size too (without values)."""

from typing import Any

import pytest
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from lora_wizard.models.configuration import (
    clip_configuration,
    open_clip_configuration,
    unet_configuration,
    vae_configuration,
)
from lora_wizard.models.families import Family, recognise_file
from lora_wizard.models.open_clip import read_by_sd2

from ..lora.tiny import SDXL
from .conftest import library
from .ldm import clip, ldm_unet, ldm_vae, open_clip


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


SD21: dict[str, Any] = {
    "sample_size": 96,
    "cross_attention_dim": 1024,
    "attention_head_dim": (5, 10, 20, 20),
    "use_linear_projection": True,
    "upcast_attention": True,
}
"""As in the folder of stabilityai/stable-diffusion-2-1; the rest is diffusers' default."""


@pytest.mark.parametrize(("family", "tensors"), [("sd2", 686), ("sdxl", 1680)])
def test_sd21_and_sdxl_of_full_size_give_their_own_configuration(
    family: Family, tensors: int
) -> None:
    with torch.device("meta"):
        unet = library.UNet2DConditionModel(**{"sd2": SD21, "sdxl": SDXL}[family])
    named = ldm_unet(unet)
    assert len(named) == tensors
    shapes = shapes_of(named, "model.diffusion_model.")
    if family == "sd2":
        shapes["cond_stage_model.model.ln_final.weight"] = (1024,)
    else:
        shapes["conditioner.embedders.0.transformer.text_model.final_layer_norm.bias"] = (768,)
        shapes["conditioner.embedders.1.model.text_projection"] = (1280, 1280)
    assert recognise_file(shapes).family == family
    found = unet_configuration(shapes, family)
    if family == "sd2":  # which of the two sizes it is, its prediction says
        found.pop("sample_size")
    assert agrees(found, unet.config)


@pytest.mark.parametrize(
    ("width", "layers", "heads"), [(1024, 24, 16), (1280, 32, 20)], ids=["SD2's", "SDXL's"]
)
def test_open_clips_text_encoders_give_their_own_configuration(
    width: int, layers: int, heads: int
) -> None:
    config = CLIPTextConfig(
        hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
        num_attention_heads=heads, projection_dim=width, hidden_act="gelu",
    )  # fmt: skip
    with torch.device("meta"):
        encoder = CLIPTextModelWithProjection(config)
        named = open_clip(clip(encoder)) | {"text_projection": encoder.text_projection.weight.T}
    found = open_clip_configuration(shapes_of(named, ""))
    assert found["num_attention_heads"] == heads
    assert agrees(found, config.to_dict())
    unread = {f"transformer.resblocks.{layers - 1}.ln_1.bias", "text_projection"}
    read = read_by_sd2(named)
    assert {name for name in named if not read(name)} >= unread
    assert read("ln_final.weight") and read(f"transformer.resblocks.{layers - 2}.ln_1.bias")


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

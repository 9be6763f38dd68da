"""Small real models for the tests, from configurations, with random values."""

from typing import Any

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

SD1: dict[str, Any] = {"cross_attention_dim": 768}
"""Full-size SD1.5 is what diffusers builds by default, but for the text's width."""

SD2: dict[str, Any] = {
    "sample_size": 96,
    "attention_head_dim": (5, 10, 20, 20),
    "cross_attention_dim": 1024,
    "use_linear_projection": True,
}

SDXL: dict[str, Any] = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}


def built(model_class: Any, *arguments: Any, **settings: Any) -> nn.Module:
    """A model as it is used in training and drawing: without its own dropouts."""
    model: nn.Module = model_class(*arguments, **settings).eval()
    return model


def tiny_unet(seed: int = 1) -> nn.Module:
    """SD1's kind: two levels, attention in the upper one and in the middle."""
    torch.manual_seed(seed)
    model = built(
        UNet2DConditionModel,
        sample_size=8,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=12,
        attention_head_dim=2,
        norm_num_groups=4,
    )
    return model


def tiny_sdxl_unet(seed: int = 1) -> nn.Module:
    torch.manual_seed(seed)
    small = {
        "sample_size": 8,
        "block_out_channels": (8, 8, 16),
        "transformer_layers_per_block": (1, 1, 2),
        "attention_head_dim": (2, 2, 2),
        "cross_attention_dim": 24,
        "addition_time_embed_dim": 4,
        "projection_class_embeddings_input_dim": 6 * 4 + 12,
        "norm_num_groups": 4,
    }
    model = built(UNet2DConditionModel, **(SDXL | small))
    return model


def text_settings(**changed: Any) -> CLIPTextConfig:
    small = {
        "vocab_size": 99,
        "hidden_size": 12,
        "intermediate_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 16,
        "projection_dim": 12,
        "bos_token_id": 0,
        "eos_token_id": 98,
        "pad_token_id": 98,
    }
    return CLIPTextConfig(**(small | changed))


def tiny_text_encoder(seed: int = 2) -> nn.Module:
    torch.manual_seed(seed)
    model = built(CLIPTextModel, text_settings())
    return model


def tiny_second_text_encoder(seed: int = 3) -> nn.Module:
    torch.manual_seed(seed)
    model = built(CLIPTextModelWithProjection, text_settings())
    return model


class Nested(nn.Module):
    """A text encoder as transformers had it before 5.6: all of it in a child `text_model`."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.text_model = inner


def predict(unet: nn.Module, text_encoder: nn.Module, *, pictures: int = 2) -> Tensor:
    """The U-Net's prediction for fixed noise and words, through the text encoder."""
    generator = torch.Generator().manual_seed(5)
    noise = torch.randn(pictures, 4, 8, 8, generator=generator)
    words = torch.randint(1, 98, (pictures, 7), generator=generator)
    hidden = text_encoder(words).last_hidden_state
    prediction: Tensor = unet(noise, torch.tensor(500), hidden).sample
    return prediction


def predict_sdxl(unet: nn.Module, text_encoders: list[nn.Module]) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    noise = torch.randn(2, 4, 8, 8, generator=generator)
    words = torch.randint(1, 98, (2, 7), generator=generator)
    first = text_encoders[0](words, output_hidden_states=True).hidden_states[-2]
    second = text_encoders[1](words, output_hidden_states=True)
    hidden = torch.cat([first, second.hidden_states[-2]], dim=-1)
    added = {"text_embeds": second.text_embeds, "time_ids": torch.ones(2, 6)}
    prediction: Tensor = unet(noise, torch.tensor(500), hidden, added_cond_kwargs=added).sample
    return prediction


def stir(parameters: Any, *, seed: int = 9, size: float = 0.1) -> None:
    """Random values into a LoRA's factors, so that it changes something."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in parameters:
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * size)

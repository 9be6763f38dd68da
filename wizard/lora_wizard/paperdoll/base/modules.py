"""The sizes of the base model, and its untrained parts as diffusers and transformers build them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import diffusers
from transformers import CLIPTextConfig, CLIPTextModel

_diffusers: Any = diffusers  # its classes are untyped

Autoencoder: TypeAlias = Any
"""An `AutoencoderKL`."""
Denoiser: TypeAlias = Any
"""A `UNet2DConditionModel`."""
TextEncoder: TypeAlias = Any
"""A `CLIPTextModel`."""
Schedule: TypeAlias = Any
"""A `DDIMScheduler`."""

VOCABULARY = 49408
TOKENS = 77
END_OF_TEXT = 49407


@dataclass(frozen=True, slots=True)
class Sizes:
    """How big each part is. `picture` is the side in pixels, `width` the text encoder's."""

    picture: int
    vae_blocks: tuple[int, ...]
    unet_blocks: tuple[int, ...]
    width: int = 128

    @property
    def latent(self) -> int:
        """Side of the latents: the VAE halves once less than it has blocks."""
        return self.picture >> (len(self.vae_blocks) - 1)


SIZES: dict[int, Sizes] = {
    64: Sizes(64, (16, 32, 64), (64, 128, 192)),
    96: Sizes(96, (24, 48, 64, 80), (64, 128, 192)),
    128: Sizes(128, (24, 48, 64, 80), (64, 128, 192)),
}
"""64 px suits a CPU; 96 and 128 px want a GPU (latents are then 12 and 16 wide)."""


def build_vae(sizes: Sizes) -> Autoencoder:
    """A KL autoencoder with 4 latent channels, as Stable Diffusion's, thinner."""
    count = len(sizes.vae_blocks)
    return _diffusers.AutoencoderKL(
        sample_size=sizes.picture,
        down_block_types=("DownEncoderBlock2D",) * count,
        up_block_types=("UpDecoderBlock2D",) * count,
        block_out_channels=sizes.vae_blocks,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=8,
        mid_block_add_attention=False,
    )


def build_text_encoder(sizes: Sizes) -> TextEncoder:
    """A two-layer CLIP text encoder over the real CLIP vocabulary."""
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=VOCABULARY,
            hidden_size=sizes.width,
            intermediate_size=sizes.width * 4,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            projection_dim=sizes.width,
            bos_token_id=49406,
            eos_token_id=END_OF_TEXT,
            pad_token_id=END_OF_TEXT,
        )
    )


def build_unet(sizes: Sizes) -> Denoiser:
    """A UNet with cross-attention on its two lower levels, heads 32 wide."""
    return _diffusers.UNet2DConditionModel(
        sample_size=sizes.latent,
        in_channels=4,
        out_channels=4,
        block_out_channels=sizes.unet_blocks,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=sizes.width,
        attention_head_dim=tuple(blocks // 32 for blocks in sizes.unet_blocks),
        norm_num_groups=16,
    )


def build_schedule() -> Schedule:
    """Stable Diffusion 1's noise schedule."""
    return _diffusers.DDIMScheduler(
        num_train_timesteps=1000,
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type="epsilon",
    )

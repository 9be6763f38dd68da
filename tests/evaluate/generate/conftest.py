"""Tiny real models, once a session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch

from lora_wizard.models.base import BaseModel, load_base
from tests.evaluate.generate.making import tags, write_lora
from tests.models.conftest import CLIP_WIDTH, save_sd1

library: Any = diffusers  # its classes are untyped


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers folder of a tiny SD1 model."""
    return save_sd1(tmp_path_factory.mktemp("bases") / "tiny")


@pytest.fixture(scope="session")
def other_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another base of the same kind, whose layers have another width: LoRAs do not fit it."""
    folder = save_sd1(tmp_path_factory.mktemp("bases") / "other")
    wider = library.UNet2DConditionModel(
        sample_size=16,
        block_out_channels=(64, 64),
        layers_per_block=1,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=CLIP_WIDTH,
        attention_head_dim=8,
    )
    wider.save_pretrained(folder / "unet")
    return folder


@pytest.fixture(scope="session")
def base(base_folder: Path) -> BaseModel:
    return load_base(str(base_folder))


@pytest.fixture(scope="session")
def lora(base: BaseModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA whose header names `mio`."""
    path = tmp_path_factory.mktemp("loras") / "mio.safetensors"
    return write_lora(base, path, tags(**{"5_mio": {"mio": 10, "smile": 4}}))

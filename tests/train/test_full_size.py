"""SD1.5 at full size, with random weights, in both forms: loaded, trained, read again and drawn.

Needs about 5 GB of disk and of memory, and some minutes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from transformers import CLIPTextConfig, CLIPTextModel

from lora_wizard.lora import attach_file, load_lora
from lora_wizard.models.base import load_base
from lora_wizard.models.sampling import sample
from lora_wizard.models.vocabulary import clip_tokenizer
from lora_wizard.runs import Step

from ..models.conftest import scheduler
from ..models.ldm import save_single_file
from ..models.test_single_file import prediction
from .conftest import MakeRecipe, NewRun, TrainHere
from .trainers import events_of

library: Any = diffusers  # its classes are untyped

MODULES = 264
"""Layers of SD1.5 that a LoRA changes: 192 of the UNet, 72 of the text encoder."""


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """SD1.5's own configuration in bf16, as a folder and as one file."""
    room = tmp_path_factory.mktemp("full-size")
    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    try:
        library.StableDiffusionPipeline(
            vae=library.AutoencoderKL(
                block_out_channels=(128, 256, 512, 512),
                layers_per_block=2,
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                latent_channels=4,
                sample_size=512,
            ),
            text_encoder=CLIPTextModel(
                CLIPTextConfig(
                    hidden_size=768,
                    intermediate_size=3072,
                    num_hidden_layers=12,
                    num_attention_heads=12,
                    projection_dim=768,
                )
            ),
            tokenizer=clip_tokenizer("eos"),
            unet=library.UNet2DConditionModel(cross_attention_dim=768, sample_size=64),
            scheduler=scheduler(),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        ).save_pretrained(room / "folder")
    finally:
        torch.set_default_dtype(torch.float32)
    base = load_base(str(room / "folder"), dtype=torch.bfloat16)
    yield {"folder": room / "folder", "file": save_single_file(base, room / "file.safetensors")}
    shutil.rmtree(room)


@pytest.mark.slow
def test_full_size_sd15_trains_alike_from_both_forms_and_is_drawn_with_its_lora(
    forms: dict[str, Path], recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    losses, files, predictions, pictures = [], [], [], []
    for base in forms.values():
        run = new_run(
            recipe(model__base=str(base), training__steps="3", training__precision="bf16")
        )
        assert train_here(run) == 0, events_of(run)[-1]
        losses.append([event.loss for event in events_of(run) if isinstance(event, Step)])
        files.append(load_lora(run.final_path("mira")))
    assert len(losses[0]) == 3 and losses[0] == losses[1]
    assert len(files[0].modules) == MODULES
    assert all(torch.equal(files[0].tensors[name], one) for name, one in files[1].tensors.items())
    for base in forms.values():
        model = load_base(str(base), dtype=torch.bfloat16)
        attach_file(model.unet, model.text_encoders, files[0])
        predictions.append(prediction(model, torch.bfloat16))
        pictures += sample(model, ["mira"], seeds=[5], steps=2, width=64, height=64)
        del model
    assert torch.equal(*predictions)
    assert pictures[0].size == (64, 64)
    assert pictures[0].tobytes() == pictures[1].tobytes()

"""A base laid out for the processor trains the same LoRA, and is kept to by a resumed run."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from lora_wizard.models.base import load_base
from lora_wizard.models.packed import PackedConvolution
from lora_wizard.runs import Note, Phase, Step
from lora_wizard.train import packing
from lora_wizard.train.loop import Trainer
from lora_wizard.train.packing import free_bytes, pack_base
from lora_wizard.train.prepare import prepare, read_pictures
from lora_wizard.train.processes import start_accelerator

from .conftest import MakeRecipe


def losses(recipe: MakeRecipe, *, packed: bool | None) -> tuple[list[float], bool]:
    """Of every step, and whether the base was packed."""
    chosen = recipe(training__steps="4", training__learning_rate="0.01")
    accelerator = start_accelerator()
    told: list[Note | Phase] = []
    dataset = read_pictures(chosen, told.append)
    ready = prepare(chosen, dataset, accelerator, "fp32", told.append, packed=packed)
    steps: list[Step] = []
    trainer = Trainer(ready, accelerator, steps.append, lambda: False)
    trainer.run(between_steps=lambda trainer: None)
    assert trainer.state().packed == ready.packed
    return [step.loss for step in steps], ready.packed


def test_it_learns_the_same(recipe: MakeRecipe) -> None:
    plain, was_packed = losses(recipe, packed=False)
    assert not was_packed
    packed, was_packed = losses(recipe, packed=None)
    assert was_packed
    assert packed == pytest.approx(plain, rel=1e-4)
    assert len(set(packed)) == 4


@pytest.mark.parametrize("family", ["base_folder", "sdxl_folder"])
def test_both_kinds_of_unet_are_packed(family: str, request: pytest.FixtureRequest) -> None:
    base = load_base(str(request.getfixturevalue(family)), dtype=torch.bfloat16)
    assert pack_base(base, (2, 4, 8, 8)) == (True, None)
    assert any(isinstance(layer, PackedConvolution) for layer in base.unet.modules())
    assert base.unet.dtype == torch.bfloat16


def test_without_the_memory_for_it_the_base_stays_plain(
    base_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "free_bytes", lambda: 1000.0)
    base = load_base(str(base_folder))
    packed, note = pack_base(base, (1, 4, 8, 8))
    assert not packed
    assert isinstance(note, Note)
    assert "GB of free memory" in note.text
    assert not any(isinstance(layer, PackedConvolution) for layer in base.unet.modules())


def test_free_memory_is_told() -> None:
    assert free_bytes() > 1 << 20

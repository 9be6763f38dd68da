"""A LoRA is trained on a base in few bits, as exactly as on the same base made whole."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from lora_wizard.lora.layers import AdaptedLayer, Adapter
from lora_wizard.models.quantise import Bits, QuantisedLinear
from lora_wizard.runs import Note, Phase, RunState, Step, run_state
from lora_wizard.train.loop import Trainer
from lora_wizard.train.prepare import prepare, read_pictures
from lora_wizard.train.processes import start_accelerator

from ..lora.tiny import stir
from .conftest import MakeRecipe, NewRun, TrainHere

each_kind = pytest.mark.parametrize("bits", ["int8", "nf4"])


@each_kind
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("tokens", [3, 2000])
def test_a_lora_on_it_is_that_on_the_rounded_layer(
    bits: Bits, dtype: torch.dtype, tokens: int
) -> None:
    torch.manual_seed(0)
    packed = QuantisedLinear(
        nn.Linear(128, 96).requires_grad_(False).to(dtype),
        bits,
        torch.device("cpu"),
    )
    whole = nn.Linear(128, 96).to(dtype)
    with torch.no_grad():
        whole.weight.copy_(packed.weight)
        whole.bias.copy_(packed.bias)
    found = []
    for layer in (packed, whole):
        adapter = Adapter(layer, 4, 4.0)
        stir(adapter.parameters(), size=0.3)
        AdaptedLayer.on(layer).add(adapter)
        x = torch.randn(tokens, 128, generator=torch.Generator().manual_seed(3)).to(dtype)
        x.requires_grad_()
        y = layer(x)
        gradients = torch.autograd.grad(y.float().square().mean(), [x, *adapter.parameters()])
        found.append((y.detach(), *gradients))
    for mine, right in zip(*found, strict=True):
        apart = (mine.float() - right.float()).norm()
        assert float(apart) <= (1e-5 if dtype == torch.float32 else 2e-2) * float(right.norm())


@each_kind
def test_it_trains_with_checkpointing_and_dropouts(recipe: MakeRecipe, bits: str) -> None:
    chosen = recipe(
        training__steps="3", training__quantise=bits, training__gradient_checkpointing="true",
        network__dropout="0.1", network__conv_rank="2",
    )  # fmt: skip
    accelerator = start_accelerator()
    told: list[Note | Phase] = []
    dataset = read_pictures(chosen, told.append)
    ready = prepare(chosen, dataset, accelerator, "bf16", told.append)
    assert any(isinstance(layer, QuantisedLinear) for layer in ready.base.unet.modules())
    steps: list[Step] = []
    assert Trainer(ready, accelerator, steps.append, lambda: False).run(
        between_steps=lambda trainer: None
    )
    assert all(math.isfinite(step.loss) and step.grad_norm > 0 for step in steps)
    assert ready.network.moved() > 0


def test_a_whole_run_ends_with_a_file_and_samples(
    recipe: MakeRecipe, new_run: NewRun, train_here: TrainHere
) -> None:
    run = new_run(recipe(training__steps="2", training__quantise="nf4", sampling__prompts="mira"))
    assert train_here(run) == 0
    assert run_state(run) is RunState.FINISHED
    assert run.final_path("mira").exists()
    assert len(list(run.samples.iterdir())) == 1
